"""The numbers that gate 3 judges: DuckDB over the candidate's Parquet, one row a group of checks."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from include.audit.baseline import Baseline
from include.audit.checks import (
    ENOUGH_PAPERS,
    FIXED_CHECKS,
    FOREIGN_KEYS,
    MARTS,
    AuditCheck,
    grain_check,
    orphan_check,
    range_checks,
)
from include.common.duck import connect
from include.common.files import sha256_file
from include.common.sql import quoted, read_parquet
from include.contracts.batch import NOT_CHECKED
from include.contracts.candidate import Lineage
from include.contracts.scope import ResolvedScope
from include.contracts.typed import TypedManifest
from include.settings import Settings

log = logging.getLogger("entangled")

# rows that are shown of those that break a check
EXAMPLES = 3
_TYPED = ("works", "tombstones")
_LISTED_BODIES = """
    select count(*) from dim_military_body
    where country_code in (select country_code from dim_country_group where contains(scope_role, 'side_b'))
"""


@dataclass(frozen=True)
class Metric:
    """A check with its number. `value` is None when it could not be computed; then `problem` says why.

    `skipped` says why there is nothing to check; such a check is not judged. `note` says more of what was found.
    """

    check: AuditCheck
    value: float | None
    problem: str = ""
    examples: str = ""
    skipped: str = ""
    note: str = ""

    @property
    def observed(self) -> str:
        """What was found, in words."""
        if self.skipped:
            return f"{NOT_CHECKED}{self.skipped}"
        if self.value is None:
            return f"could not be computed: {self.problem}"
        if self.check.value:
            return f"{self.value:.6g}"
        rows = f"{self.value:,.0f} row{'' if self.value == 1 else 's'}"
        found = f"{rows}, such as {self.examples}" if self.examples else rows
        return f"{found} ({self.note})" if self.note else found


def checks_for(lineage: Lineage) -> list[AuditCheck]:
    """The fixed checks, and those that follow from the candidate's tables: grain, ranges, keys."""
    tables = {table.name: table for table in lineage.tables}
    found = list(FIXED_CHECKS)
    found += [grain_check(table.name, table.grain) for table in lineage.tables if table.grain]
    for mart in MARTS:
        if mart in tables:
            found += range_checks(mart, [(column.name, column.type) for column in tables[mart].columns])
    found += [orphan_check(*key) for key in FOREIGN_KEYS]
    return found


@contextmanager
def opened(settings: Settings, lineage: Lineage, baseline: Baseline) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in which the candidate's tables, the baseline's and the helper tables can be read."""
    folder = settings.build_dir / lineage.run_id / "marts"
    with connect(settings) as db:
        for table in lineage.tables:
            file = folder / f"{table.name}.parquet"
            if file.exists():
                db.execute(f'create view "{table.name}" as from {read_parquet(file)}')
        _helper_tables(db, settings, lineage)
        db.execute("create schema previous")
        db.execute("create table previous_tables (table_name text, row_count bigint)")
        if baseline.release:
            for table in baseline.release.tables:
                file = baseline.folder / "parquet" / f"{table.name}.parquet"
                if file.exists():
                    db.execute(f'create view previous."{table.name}" as from {read_parquet(file)}')
                # tables that only the release has (its ops tables) say nothing about the candidate
                if not table.name.startswith("mart_ops_"):
                    db.execute("insert into previous_tables values (?, ?)", [table.name, table.rows])
        yield db


def _helper_tables(db: duckdb.DuckDBPyConnection, settings: Settings, lineage: Lineage) -> None:
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

    _typed_zone(db, settings, lineage)

    db.execute("create table group_members (group_code text, country_code text)")
    scope = ResolvedScope.load(settings.resolved_scope_file)
    for group in {group.code: group for group in (scope.side_a, *scope.groups)}.values():
        db.executemany("insert into group_members values (?, ?)", [[group.code, code] for code in group.countries])

    seed = settings.seeds / "headline_figures.csv"
    read_seed = f"read_csv({quoted(seed)}, header = true, hive_partitioning = false)"
    db.execute(f"create table seed_figures as select figure_id from {read_seed}")


def _typed_zone(db: duckdb.DuckDBPyConnection, settings: Settings, lineage: Lineage) -> None:
    """What the candidate was built from: the typed batches, and the works in them that no tombstone took away."""
    db.execute("create table batches (batch_id text, data_origin text, entity text, records_typed bigint)")
    folders = [settings.typed_zone / f"batch={batch_id}" for batch_id in lineage.batches]
    for folder in folders:
        batch = TypedManifest.load(folder / "_typed.json")
        row = [batch.batch_id, batch.data_origin, batch.entity, batch.records_typed]
        db.execute("insert into batches values (?, ?, ?, ?)", row)
    files = {table: read_parquet(*(folder / f"{table}.parquet" for folder in folders)) for table in _TYPED}
    db.execute(
        f"""
        create view typed_works as
        select distinct work_id from {files["works"]} as works
        where not exists (
            from {files["tombstones"]} as gone
            where gone.entity = 'works' and gone.record_id = works.work_id and gone.batch_id > works.batch_id
        )
        """
    )


def compute(db: duckdb.DuckDBPyConnection, checks: list[AuditCheck], baseline: Baseline) -> list[Metric]:
    """The number of each check, with examples of the rows that break it."""
    # read from the facts: an empty mart must not excuse itself
    papers = _number(db, "select count(*) from fct_works where is_joint").value
    too_few = f"{papers:.0f} joint papers are too few" if papers is not None and papers < ENOUGH_PAPERS else ""
    bodies = _number(db, _LISTED_BODIES).value
    skip = {
        "always": "",
        "with_joint_papers": "there are no joint papers" if papers == 0 else "",
        "with_enough_papers": too_few,
        "with_listed_bodies": too_few or ("no listed body is of side B" if bodies == 0 else ""),
        "with_previous": baseline.reason,
    }
    return [_compute_one(db, check, skip[check.applies]) for check in checks]


@dataclass(frozen=True)
class _Number:
    value: float | None
    problem: str = ""


def _number(db: duckdb.DuckDBPyConnection, sql: str) -> _Number:
    try:
        (value,) = db.execute(sql).fetchall()[0]
    except duckdb.Error as error:
        return _Number(None, str(error).splitlines()[0])
    return _Number(None, "the result is empty") if value is None else _Number(float(value))


def _compute_one(db: duckdb.DuckDBPyConnection, check: AuditCheck, skipped: str) -> Metric:
    if skipped:
        return Metric(check, None, skipped=skipped)
    number = _number(db, check.metric)
    examples = _examples(db, check.breaking) if check.breaking and number.value else ""
    return Metric(check, number.value, problem=number.problem, examples=examples)


def _examples(db: duckdb.DuckDBPyConnection, breaking: str) -> str:
    found = db.execute(f"select * from ({breaking}) order by all limit {EXAMPLES}")
    names = [column[0] for column in found.description or []]
    return "; ".join(
        ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True)) for row in found.fetchall()
    )
