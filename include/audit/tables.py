"""What the SQL of gate 3 can read: one connection with views of the files and a few small tables.

    <table>                  of the candidate, under its own name
    typed.<table>            of the typed batches that the candidate was built from
    reference.<table>        the reference tables that the candidate was built with, every column a text
    run                      the lineage in one row
    suites                   table_name of every suite
    candidate_tables         table_name, row_count, sha256, sha256_now
    reference_files          table_name, sha256 when the candidate was built, sha256_now
    batches, typed_rows      what each `_typed.json` says; the latter by table
    raw_batches              what each `_manifest.json` says
    raw_sweeps               entity, window_id, batch_id of the last sweep of each window, and has_batch: it is there
    scope, sides, reporters  the resolved scope: in one row; countries of groups by role; reporter x country
    typed_works              works of the typed batches that no tombstone took away, with the batch that counts
    <helper>                 a query of `helpers/`, computed once because several checks read it

A file that is missing makes no view: the checks that need it cannot be computed, and have failed.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from include.common.duck import connect
from include.common.files import sha256_file
from include.common.sql import identifier, read_csv, read_parquet
from include.contracts.candidate import REFERENCE, Lineage
from include.contracts.scope import ResolvedScope
from include.contracts.typed import TABLES, TypedManifest
from include.settings import Settings

log = logging.getLogger("entangled")

_HELPERS = Path(__file__).parent / "helpers"
# counts of a raw batch's manifest that mart_ops_batches repeats
_RAW_COUNTS = ("expected", "received", "unchanged", "stored", "duplicates", "gone", "requests", "credits")


@contextmanager
def opened(
    settings: Settings,
    lineage: Lineage,
    thresholds: Mapping[str, float],
    suites: Collection[str],
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The connection."""
    with connect(settings) as db:
        for name, value in thresholds.items():
            db.execute(f"set variable {identifier(name)} = {value!r}::double")
        _candidate(db, settings, lineage)
        db.execute("create table suites as select unnest(?::text[]) as table_name", [list(suites)])
        _reference(db, settings, lineage)
        _scope(db, settings)
        _typed_zone(db, settings, lineage)
        make_helpers(db)
        yield db


def _candidate(db: duckdb.DuckDBPyConnection, settings: Settings, lineage: Lineage) -> None:
    db.execute(
        "create table run (data_origin text, works_in bigint, works_loaded bigint, works_quarantined bigint, "
        "works_replaced bigint, works_vanished bigint)"
    )
    counts = [
        lineage.works_in,
        lineage.works_loaded,
        lineage.works_quarantined,
        lineage.works_replaced,
        lineage.works_vanished,
    ]
    db.execute("insert into run values (?, ?, ?, ?, ?, ?)", [lineage.data_origin, *counts])
    db.execute("create table candidate_tables (table_name text, row_count bigint, sha256 text, sha256_now text)")
    for table in lineage.tables:
        file = settings.build_dir / lineage.run_id / "marts" / f"{table.name}.parquet"
        now = sha256_file(file) if file.exists() else None
        db.execute("insert into candidate_tables values (?, ?, ?, ?)", [table.name, table.rows, table.sha256, now])
        if now is not None:
            _view(db, identifier(table.name), f"from {read_parquet(file)}")


def _view(db: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    """A view, unless its file is torn: then it is missing for the checks that need it."""
    try:
        db.execute(f"create view {name} as {query}")
    except duckdb.Error as error:
        log.warning("gate 3: %s cannot be read: %s", name, str(error).splitlines()[0])


def _reference(db: duckdb.DuckDBPyConnection, settings: Settings, lineage: Lineage) -> None:
    db.execute("create schema reference")
    db.execute("create table reference_files (table_name text, sha256 text, sha256_now text)")
    files = {file.stem: file for file in (settings.build_dir / lineage.run_id / REFERENCE).glob("*.csv")}
    for name, file in files.items():
        _view(db, f"reference.{identifier(name)}", f"select * from {read_csv(file)}")
    for name in sorted({*files, *lineage.reference_sha256}):
        now = sha256_file(files[name]) if name in files else None
        db.execute("insert into reference_files values (?, ?, ?)", [name, lineage.reference_sha256.get(name), now])


def _scope(db: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    scope = ResolvedScope.load(settings.resolved_scope_file)
    db.execute(
        "create table scope (side_a_code text, side_a_name text, side_b_code text, side_b_name text, "
        "year_from smallint, year_to smallint, is_every_work_loaded boolean, topic_chunks integer, subject_id text)"
    )
    db.execute(
        "insert into scope values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            scope.side_a.code,
            scope.side_a.name,
            scope.side_b.code,
            scope.side_b.name,
            scope.year_from,
            scope.year_to,
            scope.admit == "everything",
            len(scope.topic_chunks),
            scope.subject_id,
        ],
    )
    db.execute("create table sides (role text, group_code text, group_name text, country_code text)")
    roles = [("side_a", scope.side_a), ("side_b", scope.side_b), *(("group", group) for group in scope.groups)]
    for role, group in roles:
        for country in group.countries:
            db.execute("insert into sides values (?, ?, ?, ?)", [role, group.code, group.name, country])
    # a side of one country is that country, under the side's name
    db.execute(
        """
        create table reporters as
        select distinct
            sides.country_code as reporter_code,
            coalesce(scope.side_a_name, countries.country_name, sides.country_code) as reporter_name,
            false as is_group, scope.side_a_code is not null as is_side_a, sides.country_code
        from sides
        left join reference.countries on sides.country_code = countries.country_code
        left join scope on sides.country_code = scope.side_a_code
        where sides.role = 'side_a'
        union all
        select distinct
            sides.group_code, sides.group_name, true, sides.group_code = scope.side_a_code, sides.country_code
        from sides cross join scope
        where sides.role in ('side_a', 'group')
            and sides.group_code not in (select country_code from sides where role = 'side_a')
        """
    )


def _typed_zone(db: duckdb.DuckDBPyConnection, settings: Settings, lineage: Lineage) -> None:
    """What the candidate was built from: the typed batches, what their manifests say, and the works that count."""
    db.execute(
        "create table batches (batch_id text, data_origin text, entity text, records_in bigint, records_typed bigint, "
        "records_quarantined bigint)"
    )
    db.execute("create table typed_rows (batch_id text, table_name text, row_count bigint)")
    folders = [settings.typed_zone / f"batch={batch_id}" for batch_id in lineage.batches]
    manifests = [TypedManifest.load(folder / "_typed.json") for folder in folders]
    for batch in manifests:
        told = [batch.batch_id, batch.data_origin, batch.entity]
        counts = [batch.records_in, batch.records_typed, batch.records_quarantined]
        db.execute("insert into batches values (?, ?, ?, ?, ?, ?)", [*told, *counts])
    rows = [(batch.batch_id, table, count) for batch in manifests for table, count in batch.rows.items()]
    # by columns: a statement a row takes a second for the batches of a year
    db.execute(
        "insert into typed_rows select unnest(?::text[]), unnest(?::text[]), unnest(?::bigint[])",
        [[row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]],
    )
    db.execute("create schema typed")
    for table in TABLES:
        _view(db, f"typed.{table}", f"from {read_parquet(*(folder / f'{table}.parquet' for folder in folders))}")
    _view(
        db,
        "typed_works",
        """
        select work_id, max(batch_id) as batch_id from typed.works
        where not exists (
            from typed.tombstones as gone
            where gone.entity = 'works' and gone.record_id = works.work_id and gone.batch_id > works.batch_id
        )
        group by work_id
        """,
    )
    _raw_batches(db, settings, lineage)
    _raw_sweeps(db, settings)


def _raw_batches(db: duckdb.DuckDBPyConnection, settings: Settings, lineage: Lineage) -> None:
    files = [
        str(file)
        for batch_id in lineage.batches
        for file in settings.raw_zone.glob(f"*/batch={batch_id}/_manifest.json")
    ]
    columns = ", ".join(f"{name} bigint" for name in _RAW_COUNTS)
    db.execute(f"create table raw_batches (batch_id text, {columns})")
    if files:
        told = ", ".join(f"(content::json ->> '{name}')::bigint" for name in _RAW_COUNTS)
        db.execute(f"insert into raw_batches select content::json ->> 'batch_id', {told} from read_text(?)", [files])


def _raw_sweeps(db: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """The ledger (include/raw_zone/sweeps.py). A sweep that found nothing new has no batch."""
    db.execute("create table raw_sweeps (entity text, window_id text, batch_id text, has_batch boolean)")
    files = [str(file) for file in settings.raw_zone.glob("*/_sweeps/*.json") if not file.name.startswith(".")]
    if not files:
        return
    # whether or not it is typed already: a sweep may have ended while the warehouse was built
    there = [file.parent.name.removeprefix("batch=") for file in settings.raw_zone.glob("*/batch=*/_manifest.json")]
    db.execute(
        """
        insert into raw_sweeps
        select sweep ->> 'entity', sweep ->> 'window_id', sweep ->> 'batch_id',
            (sweep ->> 'batch_id') in (select unnest(?::text[]))
        from (select content::json as sweep from read_text(?))
        where sweep ->> 'batch_id' is not null
        """,
        [there, files],
    )


def make_helpers(db: duckdb.DuckDBPyConnection) -> None:
    """The tables of `helpers/`, of the tables that there are now."""
    for file in sorted(_HELPERS.glob("*.sql")):
        db.execute(f"drop table if exists {file.stem}")
        try:
            db.execute(f"create table {file.stem} as {file.read_text(encoding='utf-8')}")
        except duckdb.Error as error:
            log.warning("gate 3: %s cannot be computed: %s", file.stem, str(error).splitlines()[0])


def years_of_scope(db: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """The first and the last year of the scope, by the names that suites use."""
    (years,) = db.execute("select year_from, year_to from scope").fetchall()
    return dict(zip(("year_from", "year_to"), map(float, years), strict=True))
