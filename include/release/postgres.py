"""The current release in Postgres: a schema a release, and views in `marts` that are switched in one transaction.

A release is loaded in one transaction, so a schema is whole or not there, whatever is killed and whenever. The views
are switched in another: a reader's transaction is answered by one release from its first statement to its last. What
`current` names is what is served, so publishing, rolling back, going forward and mending are one command: `serve`.
"""

from __future__ import annotations

import itertools
import logging
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import errors
from psycopg2.extensions import connection, parse_dsn
from psycopg2.sql import SQL, Composable, Identifier

from include.common.duck import disk_errors
from include.common.errors import BusyError, EntangledError, ServerAway, SettingsError
from include.common.files import ensure_dir, only_one, remove_tree
from include.contracts.release import Release
from include.release import postgres_sql as sql
from include.release.catalogue import current_id, folder_of, must_have_current
from include.release.opening import open_database
from include.release.postgres_sql import MARTS, NOTE, READER, schema_of
from include.settings import Settings

log = logging.getLogger("entangled")

# any number that others are unlikely to take: who holds it in a database publishes there
_LOCK = 20_231_121_4711
_LOCK_SECONDS = 60
# how long readers may keep the views from being switched
PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.01
# Milliseconds for one lock, attempt after attempt. What we hold may be what a reader waits for that holds what we wait
# for: then the shorter the better (a switch under readers without a pause took up to 58 s with 700 ms each time). What
# takes readers long is worth a longer wait now and then, because nobody new gets in meanwhile
_WAITS = tuple(wait for longer in (40, 160, 640) for wait in (*[10] * 15, longer))
# a password of so many characters is no part of a word by accident
_TELLING = 6
_BY_HAND = "the next run does it, or at once: .venv/bin/python -m include.release serve"
# a network that is gone is noticed within a minute, on both sides
_OPTIONS: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "application_name": "entangled",
    "client_encoding": "utf8",
}


class PostgresError(EntangledError):
    """Postgres refuses what we ask of it. It serves the release that it served before; files are untouched."""


@dataclass(frozen=True)
class Served:
    """What Postgres serves now: whether it had to be loaded, what it served before, and which schemas were removed."""

    release_id: str
    where: str
    loaded: bool
    before: str | None
    removed: tuple[str, ...]

    def __str__(self) -> str:
        if not self.loaded and self.before == self.release_id:
            return f"Postgres serves release {self.release_id} already ({self.where})"
        instead = f", in place of {self.before}" if self.before not in (None, self.release_id) else ""
        return f"Postgres serves release {self.release_id}{instead} ({self.where})"


def shown_address(address: str) -> str:
    """Where a database is, without who logs in and with what."""
    parts = parse_dsn(address)
    host, port, database = parts.get("host") or parts.get("hostaddr") or "", parts.get("port"), parts.get("dbname", "")
    if host and not host.startswith("/"):
        return f"postgresql://{f'[{host}]' if ':' in host else host}:{port or 5432}/{database}"
    # a socket of this machine, in the folder that is named, or where Postgres' library looks for it
    named = "&".join(f"{name}={value}" for name, value in (("host", host), ("port", port)) if value)
    return f"postgresql:///{database}{'?' if named else ''}{named}"


@dataclass(frozen=True)
class Seen:
    """What a log-in sees: which release is served, as whom, and whether it may change or make anything there."""

    release_id: str | None
    where: str
    user: str
    may_write: bool


def look_as_reader(address: str) -> Seen:
    """Log in at `address` as a reader does, and look.

    Raises:
        ServerAway: it cannot be reached.
        PostgresError: the log-in may not read.
    """
    where = shown_address(address)
    try:
        with closing(psycopg2.connect(address, **_OPTIONS)) as server:
            [[user, may_write]] = _rows(
                server,
                "select current_user::text, r.rolsuper or r.rolcreaterole or r.rolcreatedb or exists (select 1 from"
                " pg_namespace n where (n.nspname = %s or n.nspname ~ %s) and (pg_has_role(n.nspowner, 'usage')"
                " or has_schema_privilege(n.oid, 'create'))) from pg_roles r where r.rolname = current_user",
                MARTS,
                sql.SCHEMA_PATTERN,
            )
            return Seen(_served(server), where, user, may_write)
    except errors.InsufficientPrivilege as error:
        raise PostgresError(
            f"the log-in may not read: {_said(error, address)}",
            where=where,
            fix="an owner of the database runs: grant entangled_reader to the user",
        ) from None
    except psycopg2.Error as error:
        raise ServerAway(
            f"Postgres cannot be reached: {_said(error, address)}",
            where=where,
            fix="see that it runs, and that the address, user and password are right",
        ) from None


def serve_current(
    settings: Settings, patience_seconds: float = PATIENCE_SECONDS, *, replace_source: bool = False
) -> Served:
    """See `include.release.serve`."""
    if settings.publish_postgres is None:
        raise SettingsError(
            "there is no Postgres to publish into",
            where="ENTANGLED_PUBLISH_POSTGRES",
            fix="set it: postgresql://user:password@host:5432/database",
        )
    with only_one(settings.locks_dir / "postgres.lock", "publishing into Postgres"):
        while True:
            release = must_have_current(settings)
            address = settings.publish_postgres.get_secret_value()
            served = _Publisher(settings, address, patience_seconds, replace_source).serve(release)
            # readers of files may have been led elsewhere while rows were copied
            if current_id(settings) == release.release_id:
                log.info("%s", served)
                return served


class _Publisher:
    """One database, for one `serve`."""

    def __init__(self, settings: Settings, address: str, patience_seconds: float, replace_source: bool) -> None:
        self._settings = settings
        self._address = address
        self._patience_seconds = patience_seconds
        self._replace_source = replace_source
        self._where = shown_address(address)

    def serve(self, release: Release) -> Served:
        """Load the release if it is not there, switch to it, remove what is not kept."""
        with self._connected() as server:
            loaded = self._load_if_missing(server, release)
            before = self._switch(server, release)
            removed = self._remove_old(server, release)
        return Served(release.release_id, self._where, loaded, before, tuple(removed))

    def _load_if_missing(self, server: connection, release: Release) -> bool:
        schema = schema_of(release.release_id)
        with self._transaction(server):
            _make_frame(server)
            self._require_same_source(server, release)
            if _is_whole(server, release):
                return False
            if _schemas(server, f"^{schema}$"):
                # somebody changed it. Views may read it still, so it goes when they have been switched
                aside = Identifier(f"{schema}_spoilt_{time.time_ns()}")
                _run(server, SQL("alter schema {} rename to {}").format(Identifier(schema), aside))
            log.info("release %s goes into Postgres (%s)", release.release_id, self._where)
            self._load(server, release, schema)
        return True

    def _require_same_source(self, server: connection, release: Release) -> None:
        """Readers who are served the world are not led to invented works, nor those of one scope to another's, by a run
        that somebody started for another reason.
        """
        if self._replace_source or _served(server) is None:
            return
        [[origin, scope_id]] = _rows(server, f"select data_origin, scope_id from {MARTS}.{NOTE}")
        if (origin, scope_id) != (release.data_origin, release.scope_id):
            raise PostgresError(
                f"release {release.release_id} is of {release.data_origin} data and scope {release.scope_id}, and "
                f"Postgres serves its readers {origin} data of scope {scope_id}",
                where=self._where,
                fix="leave ENTANGLED_PUBLISH_POSTGRES empty for such a run, or let it name a database of its own. If "
                "these readers shall have the other data: .venv/bin/python -m include.release serve --replace-source",
            )

    def _load(self, server: connection, release: Release, schema: str) -> None:
        """Every table of a release, in a schema that nobody sees before the transaction ends."""
        _run(server, SQL("create schema {}").format(Identifier(schema)))
        aside = self._settings.home / "tmp" / "postgres"
        # what a killed publisher left
        remove_tree(aside)
        file = ensure_dir(aside) / "rows.csv"
        folder = folder_of(self._settings, release)
        with open_database(self._settings, folder) as db, disk_errors(aside):
            for table in sql.tables_of(db, release):
                db.execute(sql.csv_to(file, table))
                _run(server, sql.make_table(schema, table))
                with server.cursor() as cursor, file.open("rb") as rows:
                    cursor.copy_expert(sql.copy_rows(schema, table).as_string(server), rows)
                _run(server, *sql.finish_table(schema, table))
        remove_tree(aside)
        note = sql.note_of(release)
        _run(server, sql.make_table(schema, note), sql.fill_note(schema, release), *sql.finish_table(schema, note))
        _run(
            server,
            SQL("grant usage on schema {} to {}").format(Identifier(schema), Identifier(READER)),
            SQL("grant select on all tables in schema {} to {}").format(Identifier(schema), Identifier(READER)),
            # the rows are new to the planner
            *(SQL("analyze {}").format(Identifier(schema, name)) for name in _tables_in(server, schema)),
        )

    def _switch(self, server: connection, release: Release) -> str | None:
        """Lead the views of `marts` to the release; returns the release that they led to before.

        A reader holds the views that it has read until its transaction ends, so nobody reads a mixture.
        """
        schema = schema_of(release.release_id)
        with self._transaction(server):
            # another home may have been here since it was loaded
            self._require_same_source(server, release)
            before = _served(server)
            if before == release.release_id and _leads_to(server, schema):
                return before
            held, statements = _replacing_views(server, schema)
            if held:
                self._hold(server, held, release)
            _run(server, *statements)
            return before

    def _hold(self, server: connection, views: list[str], release: Release) -> None:
        """Lock these views of `marts` against readers: all of them, or none and again.

        No reader fails over it: we wait for less than it takes Postgres to look for a deadlock, and let go of all.
        """
        deadline = time.monotonic() + self._patience_seconds
        for wait_ms in itertools.cycle(_WAITS):
            _run(server, SQL("savepoint before_views"))
            try:
                _give_way(server, wait_ms)
                _run(server, sql.hold_views(views))
                # nothing has to be waited for any more
                _run(server, SQL("set local lock_timeout = 0"), SQL("set local statement_timeout = 0"))
                return
            except (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected):
                _run(server, SQL("rollback to savepoint before_views"))
            if time.monotonic() > deadline:
                raise self._kept_by_readers(server, release)
            time.sleep(_PAUSE_SECONDS)

    def _kept_by_readers(self, server: connection, release: Release) -> PostgresError:
        found = _rows(
            server,
            "select distinct a.pid, coalesce(a.usename, '?') from pg_locks l join pg_class c on c.oid = l.relation"
            " join pg_namespace n on n.oid = c.relnamespace join pg_stat_activity a on a.pid = l.pid"
            " where n.nspname = %s and l.granted and a.pid <> pg_backend_pid() order by 1 limit 5",
            MARTS,
        )
        who = ", ".join(f"{name} (process {pid})" for pid, name in found) or "readers"
        return PostgresError(
            f"release {release.release_id} is in Postgres and not shown yet: for {self._patience_seconds:.0f} s "
            f"transactions of {who} kept the views of `{MARTS}` open",
            where=self._where,
            fix=f"let them end, or end them with pg_terminate_backend; {_BY_HAND}",
        )

    def _remove_old(self, server: connection, release: Release) -> list[str]:
        """Remove all schemas of releases but the newest `keep_releases` and the one that is served."""
        served = schema_of(release.release_id)
        with self._transaction(server):
            there = _schemas(server, sql.SCHEMA_PATTERN)
        # names begin with the moment when the release was made
        whole = sorted((schema for schema in there if "_spoilt_" not in schema), reverse=True)
        keep = {served, *whole[: self._settings.keep_releases]}
        removed = []
        for schema in sorted(there - keep):
            try:
                with self._transaction(server):
                    _give_way(server, _WAITS[-1])
                    tables = SQL(", ").join(Identifier(schema, name) for name in _tables_in(server, schema))
                    # without cascade: what somebody built on it keeps it
                    _run(server, SQL("drop table {}").format(tables)) if tables.seq else None
                    _run(server, SQL("drop schema {}").format(Identifier(schema)))
                removed.append(schema)
            except (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected):
                log.info("schema %s is still read, and goes next time", schema)
            except errors.DependentObjectsStillExist as error:
                log.warning("schema %s stays in Postgres: %s", schema, error.diag.message_detail)
        return removed

    @contextmanager
    def _connected(self) -> Iterator[connection]:
        try:
            server = psycopg2.connect(self._address, **_OPTIONS)
        except psycopg2.Error as error:
            raise ServerAway(
                f"Postgres cannot be reached: {_said(error, self._address)}",
                where=self._where,
                fix="see that it runs and that ENTANGLED_PUBLISH_POSTGRES is right. The files are published; "
                f"{_BY_HAND}",
            ) from None
        try:
            yield server
        except psycopg2.Error as error:
            raise self._explained(error, is_gone=bool(server.closed)) from None
        finally:
            server.close()

    @contextmanager
    def _transaction(self, server: connection) -> Iterator[None]:
        """All of the block or nothing, while no other publisher works in this database."""
        try:
            # limits that an administrator has set for people are not meant for a publication
            limits = {"statement_timeout": 0, "idle_in_transaction_session_timeout": 0}
            settings = {"timezone": "UTC", "lock_timeout": f"{_LOCK_SECONDS}s", **limits}
            _run(server, *(SQL(f"set local {name} = '{value}'") for name, value in settings.items()))
            try:
                _rows(server, "select pg_advisory_xact_lock(%s)", _LOCK)
            except errors.LockNotAvailable:
                raise BusyError(
                    "another process publishes into this Postgres",
                    where=self._where,
                    fix=f"wait until it has ended; {_BY_HAND}",
                ) from None
            yield
            server.commit()
        finally:
            # of what was committed nothing is left to undo
            if not server.closed:
                server.rollback()

    def _explained(self, error: psycopg2.Error, *, is_gone: bool) -> EntangledError:
        if is_gone:
            return ServerAway(
                f"Postgres went away: {_said(error, self._address)}",
                where=self._where,
                fix=f"see that it runs; it serves what it served before. The files are published; {_BY_HAND}",
            )
        if isinstance(error, errors.InsufficientPrivilege):
            fix = (
                "let an administrator of that server run: create role entangled_reader nologin; and: grant create on "
                f"database ... to the user of ENTANGLED_PUBLISH_POSTGRES; then {_BY_HAND}"
            )
        elif isinstance(error, errors.DependentObjectsStillExist):
            fix = f"drop what is named, or change it so that it does not need these columns; {_BY_HAND}"
        else:
            fix = f"mend what it says; {_BY_HAND}"
        detail = f" ({error.diag.message_detail})" if error.diag.message_detail else ""
        return PostgresError(f"Postgres refuses: {_said(error, self._address)}{detail}", where=self._where, fix=fix)


def _said(error: psycopg2.Error, address: str) -> str:
    """The server's words in a line, without the password, should it ever stand there."""
    said = " ".join((error.diag.message_primary or str(error) or type(error).__name__).split())
    passwords = {urlsplit(address).password or "", parse_dsn(address).get("password") or ""}
    for password in filter(None, passwords):
        pattern = re.escape(password)
        if len(password) < _TELLING:
            # part of many words: it is the password only where one can stand
            pattern = rf"""(?<=[:='"]){pattern}(?=[@'"&\s]|$)"""
        said = re.sub(pattern, "***", said)
    return said


def _make_frame(server: connection) -> None:
    """What all releases share: the schema of the views, and the role that may read."""
    if not _rows(server, "select 1 from pg_roles where rolname = %s", READER):
        _run(server, SQL("create role {} nologin").format(Identifier(READER)))
    if not _schemas(server, f"^{MARTS}$"):
        _run(
            server,
            SQL("create schema {}").format(Identifier(MARTS)),
            SQL("comment on schema {} is 'The current release of entangled; {}.release says which.'").format(
                Identifier(MARTS), SQL(MARTS)
            ),
            SQL("grant usage on schema {} to {}").format(Identifier(MARTS), Identifier(READER)),
        )


def _is_whole(server: connection, release: Release) -> bool:
    """Whether the release is there with all of its tables. They come in one transaction, so only a person tears one."""
    return _tables_in(server, schema_of(release.release_id)) == sorted([NOTE, *(one.name for one in release.tables)])


def _replacing_views(server: connection, schema: str) -> tuple[list[str], list[Composable]]:
    """The views of `marts` that have to be held, and what leads all of them to the tables of `schema`.

    Views that have the same columns are replaced, with what people built on them; others are made anew.
    """
    wanted, there = _columns(server, schema), _columns(server, MARTS)
    ours = _names_of_releases(server)
    # columns may be added at the end; any other change needs another view
    fitting = {name for name in wanted if name in there and wanted[name][: len(there[name])] == there[name]}
    going = sorted(name for name in there if name in ours and name not in fitting)
    statements: list[Composable] = [SQL("drop view {}").format(Identifier(MARTS, name)) for name in going]
    for name in sorted(wanted):
        statements.append(sql.make_view(schema, name))
        if name not in fitting:
            grant = SQL("grant select on {} to {}").format(Identifier(MARTS, name), Identifier(READER))
            statements.append(grant)
    return sorted({*fitting, *going}), statements + _changed_comments(server, schema, fitting)


def _give_way(server: connection, wait_ms: int) -> None:
    """Let the next statement wait so long for each lock, and for all together less than it takes until Postgres, for a
    reader that waits for ours, looks for a deadlock: it would end the reader."""
    [[deadlock_ms]] = _rows(server, "select setting::int from pg_settings where name = 'deadlock_timeout'")
    limits = {"lock_timeout": wait_ms, "statement_timeout": max(1, int(deadlock_ms * 0.7))}
    _run(server, *(SQL(f"set local {name} = {value}") for name, value in limits.items()))


def _changed_comments(server: connection, schema: str, kept: set[str]) -> list[Composable]:
    """Comments for the views as the tables have them, without those that a view that is kept has already."""
    query = (
        "select c.relname, coalesce(a.attname, ''), coalesce(d.description, '') from pg_class c"
        " join pg_namespace n on n.oid = c.relnamespace"
        " join pg_description d on d.objoid = c.oid and d.classoid = 'pg_class'::regclass"
        " left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0"
        " where n.nspname = %s and c.relkind in ('r', 'v')"
    )
    told = {(table, column): text for table, column, text in _rows(server, query, MARTS) if table in kept}
    statements: list[Composable] = []
    for table, column, text in _rows(server, query, schema):
        if told.get((table, column)) != text:
            statements.append(sql.comment("view", MARTS, table, column, text))
    return statements


def _served(server: connection) -> str | None:
    """The release that the views lead to; None before the first, or when somebody removed the view that says so."""
    if NOTE not in _columns(server, MARTS):
        return None
    found = _rows(server, f"select release_id from {MARTS}.{NOTE}")
    return found[0][0] if found else None


def _leads_to(server: connection, schema: str) -> bool:
    """Whether each table of the schema has a view of `marts` on it."""
    found = _rows(
        server,
        "select distinct view_name::text from information_schema.view_table_usage"
        " where view_schema = %s and table_schema = %s and table_name = view_name",
        MARTS,
        schema,
    )
    return {name for (name,) in found} == set(_tables_in(server, schema))


def _columns(server: connection, schema: str) -> dict[str, list[tuple[str, str]]]:
    """The tables and views of a schema with the names and types of their columns."""
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in _rows(
        server,
        "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod) from pg_class c"
        " join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid"
        " where n.nspname = %s and c.relkind in ('r', 'v') and a.attnum > 0 and not a.attisdropped"
        " order by c.relname, a.attnum",
        schema,
    ):
        found.setdefault(table, []).append((column, kind))
    return found


def _tables_in(server: connection, schema: str) -> list[str]:
    return sorted(
        name for (name,) in _rows(server, "select tablename::text from pg_tables where schemaname = %s", schema)
    )


def _names_of_releases(server: connection) -> set[str]:
    """Names of all tables of all releases that are here."""
    found = _rows(server, "select distinct tablename::text from pg_tables where schemaname ~ %s", sql.SCHEMA_PATTERN)
    return {name for (name,) in found}


def _schemas(server: connection, pattern: str) -> set[str]:
    return {name for (name,) in _rows(server, "select nspname::text from pg_namespace where nspname ~ %s", pattern)}


def _rows(server: connection, query: str, *values: object) -> list[tuple[Any, ...]]:
    with server.cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.fetchall()


def _run(server: connection, *statements: Composable) -> None:
    """One round trip for all of them."""
    with server.cursor() as cursor:
        cursor.execute(SQL("; ").join(statements))
