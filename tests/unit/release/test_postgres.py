"""The current release in a real Postgres: all of it, by one switch, and nothing lost when somebody dies."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2 import errors
from psycopg2.extensions import connection
from pydantic import SecretStr

from include import release
from include.bi.spec import read_pack
from include.common.clock import utc_now
from include.common.errors import BusyError, ServerAway, SettingsError
from include.contracts.release import Release
from include.pipeline.local_postgres import LocalPostgres, local_postgres
from include.pipeline.truth import serving
from include.release import open_current, postgres, postgres_sql
from include.release.postgres import PostgresError, shown_address
from include.release.postgres_sql import FILTER_COLUMNS, Column, schema_of
from include.settings import REPOSITORY, Settings, child_environment
from tests.faults.keys import files_that_hold
from tests.unit.candidates import change_lineage, pass_audit, rewrite
from tests.unit.release.conftest import FIRST, keeping
from tests.unit.release.test_holding import run_command

# of nothing that exists
PASSWORD = "a-password-that-must-not-leak-4711"  # noqa: S105
AWKWARD = """Zoë's "Büro" 清华大学 <b>,;\\ {x}"""

MakeRun = Callable[[int], str]


@pytest.fixture(scope="module")
def server() -> Iterator[LocalPostgres]:
    with local_postgres() as running:
        yield running


@pytest.fixture
def database(server: LocalPostgres, tmp_path: Path) -> str:
    """The address of an empty database of the test's own."""
    return server.make_database(tmp_path.name)


@pytest.fixture
def served(settings: Settings, two: tuple[Release, Release], database: str) -> Settings:
    """A home with two releases, the second of which is served."""
    settings = served_from(settings, database)
    release.serve(settings)
    return settings


def served_from(settings: Settings, address: str) -> Settings:
    return settings.model_copy(update={"publish_postgres": SecretStr(address)})


def connect(settings: Settings) -> connection:
    assert settings.publish_postgres is not None
    found: connection = psycopg2.connect(settings.publish_postgres.get_secret_value())
    found.autocommit = True
    return found


def ask(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with closing(connect(settings)) as database, database.cursor() as cursor:
        cursor.execute("set timezone = 'UTC'")
        cursor.execute(query)
        return cursor.fetchall() if cursor.description else []


def shown(settings: Settings) -> str:
    """The release that readers are led to, as two views tell it."""
    [[noted, told]] = ask(settings, "select r.release_id, b.release_id from marts.release r, marts.bi_ops_release b")
    assert noted == told
    return str(noted)


def schemas(settings: Settings) -> list[str]:
    found = ask(settings, "select nspname::text from pg_namespace where nspname ~ '^release_' order by 1")
    return [name for (name,) in found]


def test_types_are_those_of_postgres_and_texts_hold_no_nul() -> None:
    kinds = {"BIGINT": "bigint", "DECIMAL(18,3)": "numeric(18, 3)", "TIMESTAMP": "timestamptz", "VARCHAR[]": "text"}
    assert {kind: Column("c", kind, None).type for kind in kinds} == kinds
    assert Column('a"b', "DOUBLE", None).as_csv == '"a""b"'
    assert "chr(0)" in Column("c", "VARCHAR[]", None).as_csv


def test_what_dashboards_filter_by_has_an_index() -> None:
    pack = read_pack()
    filtered = {one.column for one in pack.filters.values() if one.column} | {"year_start"}
    assert sorted(filtered) == list(FILTER_COLUMNS)


@pytest.mark.parametrize(
    ("rest", "shown_as"),
    [
        ("db.example:5433/marts", "postgresql://db.example:5433/marts"),
        ("db.example/marts", "postgresql://db.example:5432/marts"),
        ("[::1]/marts", "postgresql://[::1]:5432/marts"),
        ("/marts", "postgresql:///marts"),
        (":5433/marts", "postgresql:///marts?port=5433"),
        ("/marts?host=/run/pg", "postgresql:///marts?host=/run/pg"),
        ("/marts?hostaddr=10.0.0.7", "postgresql://10.0.0.7:5432/marts"),
    ],
)
def test_an_address_is_shown_without_its_log_in(rest: str, shown_as: str) -> None:
    assert shown_address(f"postgresql://me:{PASSWORD}@{rest}") == shown_as


@pytest.mark.parametrize(
    ("password", "said", "told"),
    [
        ("a", "database a does not exist at all", "database a does not exist at all"),
        ("a", "invalid dsn postgresql://me:a@there", "invalid dsn postgresql://me:***@there"),
        ("a", "password=a user=me", "password=*** user=me"),
        ("p%40ss", 'no "p@ss" here, nor in me:p%40ss@there', 'no "***" here, nor in me:***@there'),
        (PASSWORD, f"somewhere in{PASSWORD}between", "somewhere in***between"),
    ],
)
def test_a_password_is_kept_out_of_what_the_server_says_and_no_other_letters_are(
    password: str, said: str, told: str
) -> None:
    assert postgres._said(psycopg2.OperationalError(said), f"postgresql://me:{password}@there/marts") == told


def test_without_a_postgres_it_says_which_setting_names_one(settings: Settings) -> None:
    assert not release.is_served(settings)
    with pytest.raises(SettingsError) as told:
        release.serve(settings)
    assert told.value.where == "ENTANGLED_PUBLISH_POSTGRES"


def test_a_server_that_is_not_there_is_told_without_the_password(
    settings: Settings, two: tuple[Release, Release], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    away = served_from(settings, f"postgresql://me:{PASSWORD}@/marts?host={tmp_path}")
    with pytest.raises(ServerAway, match="cannot be reached") as told:
        release.serve(away)
    assert "the next run does it" in told.value.fix
    raised = "".join(traceback.format_exception(told.value)) + repr(told.value) + str(told.value)
    assert PASSWORD not in raised + caplog.text + repr(away)
    assert files_that_hold(PASSWORD, settings.home) == []


@pytest.mark.verify
def test_every_table_and_view_is_there_to_the_row(
    settings: Settings, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # tables of a test are small
    monkeypatch.setattr(postgres_sql, "INDEXED_FROM_ROWS", 1)
    settings = served_from(settings, database)
    odd = f"select 'ZZ' as country_code, {_quoted(AWKWARD)} || chr(0) as country_name"
    empty = "select 'YY' as country_code, '' as country_name"
    rewrite(settings, FIRST, "dim_country", f"from it union all by name {odd} union all by name {empty}")
    pass_audit(settings, FIRST)
    made = release.publish(settings, FIRST)
    assert str(release.serve(settings)).startswith(f"Postgres serves release {made.release_id}")
    with open_current(settings) as db:
        for table in made.tables:
            # moments without a zone here, of UTC there
            here = sorted(map(repr, db.execute(f'select * from "{table.name}"').fetchall()))
            there = [
                tuple(value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value for value in row)
                for row in ask(settings, f'select * from marts."{table.name}"')
            ]
            assert [row.replace("\\x00", "\ufffd") for row in here] == sorted(map(repr, there)), table.name
            assert len(here) == table.rows
        [[comment]] = db.execute("select comment from duckdb_tables() where table_name = 'fct_works'").fetchall()
        [[of_column]] = db.execute(
            "select comment from duckdb_columns() where table_name = 'fct_works' and column_name = 'work_id'"
        ).fetchall()
    assert comment.startswith("SYNTHETIC")
    for schema in ("marts", schema_of(made.release_id)):
        described = "col_description(to_regclass(%s)::oid, 1), obj_description(to_regclass(%s)::oid, 'pg_class')"
        place = f"'{schema}.fct_works'"
        assert ask(settings, f"select {described.replace('%s', place)}") == [(of_column, comment)]
    [[keys]] = ask(settings, "select count(*) from pg_indexes where schemaname ~ '^release_' and indexname ~ '_pkey$'")
    assert keys > 40
    indexed = ask(settings, "select indexdef from pg_indexes where tablename = 'bi_linked_year'")
    assert any("(year_start)" in definition for (definition,) in indexed)
    [[kind]] = ask(settings, "select pg_typeof(published_at)::text from marts.release")
    assert kind == "timestamp with time zone"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.mark.verify
def test_a_member_of_the_readers_role_reads_and_does_nothing_else(served: Settings, server: LocalPostgres) -> None:
    ask(served, "create role analyst login in role entangled_reader")
    assert served.publish_postgres is not None
    reader = served_from(served, served.publish_postgres.get_secret_value().replace("postgres:@", "analyst:@"))
    [[works]] = ask(reader, "select count(*) from marts.fct_works")
    assert works == 60
    [[schema]] = ask(reader, "select 'release_' || lower(replace(release_id, '-', '_')) from marts.release")
    assert ask(reader, f"select count(*) from {schema}.fct_works") == [(works,)]
    for statement in (
        "delete from marts.dim_country",
        f"delete from {schema}.dim_country",
        "create view marts.mine as select 1 as a",
        "drop view marts.dim_country",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            ask(reader, statement)
    seen = [postgres.look_as_reader(one.publish_postgres.get_secret_value()) for one in (reader, served)]  # type: ignore[union-attr]
    assert [(one.user, one.may_write) for one in seen] == [("analyst", False), ("postgres", True)]
    assert {one.release_id for one in seen} == {shown(served)}
    assert ask(served, "select rolcanlogin from pg_roles where rolname = 'entangled_reader'") == [(False,)]


@pytest.mark.verify
def test_rollback_and_rollforward_are_followed(
    served: Settings,
    two: tuple[Release, Release],
    next_run: MakeRun,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second = two
    assert shown(served) == second.release_id
    assert run_command(served, monkeypatch, "rollback", "--reason", "a list lost half") == 0
    assert f"serves release {first.release_id}, in place of {second.release_id}" in capsys.readouterr().out
    assert shown(served) == first.release_id
    # while it is held, what is published waits, here and there
    assert run_command(served, monkeypatch, "publish", "--run", next_run(2)) == 0
    assert shown(served) == first.release_id
    assert run_command(served, monkeypatch, "rollforward") == 0
    newest = release.current(served)
    assert newest is not None and newest not in two
    assert shown(served) == newest.release_id
    # of a schema that went, or that somebody tore, the release is loaded again
    ask(served, f"drop schema {schema_of(first.release_id)} cascade")
    ask(served, f"drop table {schema_of(second.release_id)}.bi_work cascade")
    for made in (first, second):
        release.rollback(served, made.release_id)
        assert release.serve(served).loaded
        assert shown(served) == made.release_id
        assert ask(served, "select count(*) from marts.bi_work") == [(60,)]
    assert not [name for name in schemas(served) if "spoilt" in name]


@pytest.mark.verify
@pytest.mark.parametrize("changed", [{"data_origin": "openalex"}, {"scope_id": "quantum_us_china"}])
def test_readers_are_led_to_data_of_another_origin_or_scope_on_purpose_alone(
    served: Settings,
    two: tuple[Release, Release],
    changed: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second = two
    # what readers are served becomes of another source, as if another home had published it
    [(column, value)] = changed.items()
    ask(served, f"update {schema_of(second.release_id)}.release set {column} = '{value}'")
    assert run_command(served, monkeypatch, "rollback") != 0
    told = capsys.readouterr().err
    assert (
        f"{first.release_id} is of synthetic data and scope {first.scope_id}, and Postgres serves its readers" in told
    )
    assert f" {value}" in told and "serve --replace-source" in told
    assert shown(served) == second.release_id
    with pytest.raises(PostgresError, match="serves its readers"):
        release.serve(served)
    assert schemas(served) == [schema_of(second.release_id)], "not even beside it"
    assert run_command(served, monkeypatch, "serve", "--replace-source") == 0
    assert shown(served) == first.release_id
    # from now on these are their data
    release.serve(served)


@pytest.mark.verify
def test_the_newest_are_kept_and_the_one_that_is_served(
    served: Settings, two: tuple[Release, Release], next_run: MakeRun
) -> None:
    first, second = two
    release.rollback(served, first.release_id)
    few = keeping(served, 1)
    assert release.serve(few).removed == ()
    assert schemas(served) == sorted([schema_of(first.release_id), schema_of(second.release_id)])
    # what somebody reads or has built on stays for the time being, and stops nothing
    release.rollforward(served)
    with closing(connect(served)) as reader, reader.cursor() as cursor:
        cursor.execute(f"begin; select * from {schema_of(first.release_id)}.dim_country")
        assert release.serve(few).removed == ()
    ask(served, f"create view public.mine as select * from {schema_of(first.release_id)}.dim_country")
    assert release.serve(few).removed == ()
    ask(served, "drop view public.mine")
    assert release.serve(few).removed == (schema_of(first.release_id),)
    assert schemas(served) == [schema_of(second.release_id)]


@pytest.mark.verify
def test_views_that_people_built_survive_a_switch_and_columns_that_go_are_told(
    served: Settings, two: tuple[Release, Release]
) -> None:
    ask(served, "create view public.mine as select country_name from marts.dim_country")
    ask(served, "create view marts.of_a_person as select 1 as a")
    release.rollback(served)
    release.serve(served)
    [[before]] = ask(served, "select count(*) from public.mine")
    release.rollforward(served)
    release.serve(served)
    assert ask(served, "select count(*) from public.mine") == [(before + 1,)]
    # a release of another version, without the column
    run_id = "01RUN00000000000000000000X1"
    shutil.copytree(served.build_dir / FIRST, served.build_dir / run_id)
    rewrite(served, run_id, "dim_country", "select * exclude (country_name), 'n' as another_name from it")
    lineage = served.build_dir / run_id / "lineage.json"
    lineage.write_text(lineage.read_text().replace(FIRST, run_id))
    change_lineage(served, run_id, built_at=utc_now())
    pass_audit(served, run_id)
    made = release.publish(served, run_id)
    with pytest.raises(PostgresError, match=r"view (public\.)?mine depends on view marts.dim_country") as told:
        release.serve(served)
    assert "drop what is named" in told.value.fix
    assert shown(served) == two[1].release_id
    ask(served, "drop view public.mine")
    assert release.serve(served).before == two[1].release_id
    assert shown(served) == made.release_id
    assert ask(served, "select distinct another_name from marts.dim_country") == [("n",)]
    assert ask(served, "select * from marts.of_a_person") == [(1,)]


@pytest.mark.verify
def test_a_transaction_of_a_reader_is_of_one_release_and_is_named_when_it_does_not_end(
    served: Settings, two: tuple[Release, Release]
) -> None:
    first, second = two
    reader = connect(served)
    with closing(reader), reader.cursor() as cursor:
        cursor.execute("begin; select release_id from marts.release")
        assert cursor.fetchall() == [(second.release_id,)]
        release.rollback(served)
        with pytest.raises(PostgresError, match=rf"postgres \(process {reader.info.backend_pid}\)"):
            postgres.serve_current(served, patience_seconds=0.5)
        # another table, later, in the same transaction
        cursor.execute("select release_id from marts.bi_ops_release; ")
        assert cursor.fetchall() == [(second.release_id,)]
        cursor.execute("commit")
        release.serve(served)
        cursor.execute("select release_id from marts.bi_ops_release")
        assert cursor.fetchall() == [(first.release_id,)]


@pytest.mark.verify
def test_a_snapshot_of_before_the_release_came_finds_its_rows(served: Settings, next_run: MakeRun) -> None:
    with closing(connect(served)) as reader, reader.cursor() as cursor:
        cursor.execute("begin isolation level repeatable read; select 1")
        made = release.publish(served, next_run(2))
        release.serve(served)
        cursor.execute("select release_id, (select count(*) from marts.fct_works) from marts.bi_ops_release")
        assert cursor.fetchall() == [(made.release_id, 60)]


@pytest.mark.verify
def test_a_publisher_that_is_killed_leaves_nothing_and_the_next_goes_on(served: Settings, next_run: MakeRun) -> None:
    before, there = shown(served), schemas(served)
    release.publish(served, next_run(2))
    assert served.publish_postgres is not None
    process = subprocess.Popen(
        [sys.executable, "-m", "include.release", "serve"],
        cwd=REPOSITORY,
        env=child_environment(
            ENTANGLED_HOME=str(served.home), ENTANGLED_PUBLISH_POSTGRES=served.publish_postgres.get_secret_value()
        ),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert any("goes into Postgres" in line for line in process.stderr)
    process.kill()
    process.wait()
    process.stderr.close()
    assert shown(served) == before
    assert schemas(served) == there
    assert release.serve(served).loaded
    assert shown(served) != before


@pytest.mark.verify
def test_two_publishers_do_not_meet(served: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_LOCK_SECONDS", 1)
    with closing(connect(served)) as other, other.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [postgres._LOCK])
        with pytest.raises(BusyError, match="another process publishes into this Postgres"):
            release.serve(served)


@pytest.mark.verify
def test_who_may_not_make_schemas_is_told_what_an_administrator_does_and_needs_no_more(
    settings: Settings, two: tuple[Release, Release], database: str
) -> None:
    administrator = served_from(settings, database)
    publisher = served_from(settings, database.replace("postgres:@", "publisher:@"))
    ask(administrator, "create role publisher login")
    with pytest.raises(PostgresError, match="permission denied") as told:
        release.serve(publisher)
    assert "create role entangled_reader nologin" in told.value.fix
    assert "grant create on database" in told.value.fix
    if not ask(administrator, "select 1 from pg_roles where rolname = 'entangled_reader'"):
        ask(administrator, "create role entangled_reader nologin")
    ask(administrator, f'grant create on database "{Path(database.partition("?")[0]).name}" to publisher')
    for made in two:
        release.rollback(publisher, made.release_id)
        assert release.serve(publisher).loaded
        assert shown(publisher) == made.release_id


@pytest.mark.verify
def test_a_run_with_nothing_new_makes_good_what_a_server_missed(
    released: Settings, released_corpus: Path, server: LocalPostgres, tmp_path: Path
) -> None:
    address = server.make_database("of_a_run").replace("postgres:@", f"postgres:{PASSWORD}@")
    with serving(released_corpus, log_file=tmp_path / "sandbox.log") as url:
        away = {"ENTANGLED_PUBLISH_POSTGRES": re.sub("host=.*", f"host={tmp_path}", address)}
        there = {"ENTANGLED_PUBLISH_POSTGRES": address}
        told = []
        for postgres_of_the_run in (away, there):
            ended = subprocess.run(
                [sys.executable, "-m", "include.pipeline", "run"],
                cwd=REPOSITORY,
                env=child_environment(**_environment(released, url), **postgres_of_the_run),
                capture_output=True,
                text=True,
            )
            told.append((ended.returncode, ended.stdout + ended.stderr))
    assert [code for code, _ in told] == [1, 0]
    assert "error: Postgres cannot be reached" in told[0][1]
    assert "Traceback" not in told[0][1]
    assert "nothing new since release" in told[1][1]
    assert PASSWORD not in told[0][1] + told[1][1]
    assert files_that_hold(PASSWORD, released.home) == []
    current = release.current(released)
    assert current is not None
    assert shown(served_from(released, address)) == current.release_id


def _environment(settings: Settings, url: str) -> dict[str, str]:
    return {
        "ENTANGLED_HOME": str(settings.home),
        "ENTANGLED_SCOPE": settings.scope,
        "ENTANGLED_EXTRA_LISTS": str(settings.extra_lists),
        "OPENALEX_API_KEY": "sandbox",
        "OPENALEX_BASE_URL": url,
    }
