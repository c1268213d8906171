"""The tables of a release about itself: what the gates found, which releases there are, what BI tools show of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from include.common.files import sha256_file
from include.common.sql import quoted, read_parquet
from include.contracts.batch import NOT_CHECKED, Check
from include.contracts.candidate import CandidateColumn, CandidateTable
from include.contracts.release import Release

QUALITY_RESULTS = "mart_ops_quality_results"
DRIFT = "mart_ops_drift"
REFERENCE_CHANGES = "mart_ops_reference_changes"
RELEASES = "mart_ops_releases"
BI_CHECK = "bi_ops_check"
BI_TABLE_ROWS = "bi_ops_table_rows"
BI_RELEASE = "bi_ops_release"
# written by the audit, in the folder audit/ of a candidate
OF_AUDIT = (QUALITY_RESULTS, DRIFT, REFERENCE_CHANGES)
# written here; what a release says of itself differs between two releases of the same data
OF_RELEASE = (RELEASES, BI_CHECK, BI_TABLE_ROWS, BI_RELEASE)

_DESCRIPTIONS = {
    QUALITY_RESULTS: "What gate 3 checked in this release, and what it found.",
    DRIFT: "How far each measure has moved from the release that this one was compared with: the cells "
    "that moved furthest, and those that moved too far. Empty when there was none to compare with.",
    REFERENCE_CHANGES: "Rows of lists, definitions and other reference tables that came, went or changed since the "
    "release that this one was compared with, and why.",
    RELEASES: "The releases that were kept when this one was published, and this one.",
    BI_CHECK: "What gates 1, 2 and 3 checked for this release, and what each found. Gate 1 of all batches together.",
    BI_TABLE_ROWS: "Rows of each table in this release and in those that were kept when it was published.",
    BI_RELEASE: "This release in one row: origin, works, checks, last complete year, and when works were last swept.",
}
_GRAINS = {
    QUALITY_RESULTS: "run_id, check_id",
    DRIFT: "run_id, measure, cell",
    REFERENCE_CHANGES: "run_id, table_name, row_key, change, value_before, value_now",
    RELEASES: "release_id",
    BI_CHECK: "gate, check_id",
    BI_TABLE_ROWS: "release_id, table_name",
    BI_RELEASE: "release_id",
}
_COLUMNS = {
    QUALITY_RESULTS: {
        "run_id": "Run that was audited.",
        "check_id": "Stable name of the check.",
        "severity": "fail blocks a release, warn shows.",
        "kind": "integrity: the data contradicts itself. judgement: a person may accept what was found.",
        "passed": "Whether it passed.",
        "observed": "What was found.",
        "expected": "What passes.",
        "description": "What must hold, in words.",
        "finding": "Name of what a check found that did not pass; null when it passed.",
        "accepted_reason": "Why a person accepted the finding for this run; null when nobody did.",
        "accepted_by": "Who accepted it; null when nobody did.",
        "accepted_until": "Last day, UTC, on which it could be published with that; null when nobody accepted it.",
        "audited_at": "When, UTC.",
    },
    DRIFT: {
        "run_id": "Run that was audited.",
        "compared_with": "Release that it was compared with.",
        "measure": "What is counted: a file of include/audit/drift/measures.",
        "cell": "Of what: the columns that name it; all closed years together where it says so.",
        "value_before": "Its value in that release; a cell that was not there counts 0. Null when it was not known.",
        "value_now": "Its value in this release.",
        "movement": "Of counts the difference as a share of what was there, null for none; of shares the difference.",
        "warn_limit": "Movement beyond which it warns.",
        "fail_limit": "Movement beyond which it blocks the release.",
        "limit_basis": "What the limits rest on: thresholds.yml, or the movements of earlier releases.",
        "is_large": "Large enough for the limit to decide, rather than the papers that any movement takes at least.",
        "outcome": "within, warned, failed; running (it grew in a period that is not complete); excused (reason says "
        "why); not_compared.",
        "reason": "Why it was excused or not compared.",
    },
    REFERENCE_CHANGES: {
        "run_id": "Run that was audited.",
        "compared_with": "Release that it was compared with.",
        "table_name": "Reference table, or `models` for an entry about the models of a published table.",
        "row_key": "What names the row.",
        "change": "added, removed, or what changed in it: dates, ids, class, values.",
        "value_before": "What stood there; null for a row that was added.",
        "value_now": "What stands there now; null for a row that was removed.",
        "is_explained": "Whether the change is meant. One that is not blocks a release.",
        "entry_date": "Day of the entry in reference_changes.csv; null when the row itself said when it would change.",
        "reason": "Why it is meant; null when nothing says so.",
    },
    RELEASES: {
        "release_id": "Name of the release.",
        "published_at": "When, UTC.",
        "run_id": "Run that it was made by.",
        "data_origin": "openalex, recorded or synthetic.",
        "source": "What the works came from: a corpus, or openalex. Empty in releases of before November 2026.",
        "scope_id": "Scope.",
        "fetch_version": "Version of what decides which works are fetched.",
        "flatten_version": "Version of what decides how records become rows.",
        "count_version": "Version of what decides how works are counted: models, lists, groups, topics, years.",
        "duckdb_version": "DuckDB that built it.",
        "works_in": "Records of works that came in.",
        "works_loaded": "Of these, loaded.",
        "works_quarantined": "Of these, put aside with a reason.",
        "works_replaced": "Of these, replaced by a later version of the same work.",
        "works_vanished": "Of these, the last version of a work that the source no longer has, or not in the scope.",
        "tables": "Tables published.",
        "checks": "Checks of all gates.",
        "checks_failed": "Of these, failed (warnings and accepted findings).",
        "failures_accepted": "Findings that a person accepted.",
        "batches": "Batches that it was built from.",
        "previous_release_id": "Release that was current before; null for the first.",
    },
    BI_CHECK: {
        "gate": "1 raw batches, 2 warehouse, 3 candidate.",
        "gate_name": "The same in words.",
        "check_id": "Stable name of the check.",
        "table_name": "What it is about; null for the gate as a whole.",
        "severity": "fail blocks a release, warn shows.",
        "kind": "integrity: the data contradicts itself. judgement: a person may accept what was found.",
        "passed": "Whether it passed.",
        "outcome": "passed, not checked (nothing to check), warned, accepted (by a person), or failed.",
        "observed_value": "The number that was judged; null where there is none.",
        "observed_text": "What was found, in words.",
        "expected": "What passes.",
        "description": "What must hold, in words; null for gates 1 and 2.",
        "accepted_reason": "Why a person accepted the finding; null when nobody did.",
    },
    BI_TABLE_ROWS: {
        "release_id": "The release.",
        "published_at": "When it was published, UTC.",
        "is_latest": "This release.",
        "table_name": "The table.",
        "row_count": "Its rows in the release.",
        "rows_before": "Its rows in the kept release before; null when that had no such table.",
        "change": "row_count - rows_before; null when there was none before.",
    },
    BI_RELEASE: {
        "release_id": "Name of the release.",
        "published_at": "When, UTC.",
        "data_origin": "openalex, recorded or synthetic. Synthetic data is invented and says nothing about the world.",
        "scope_id": "Scope.",
        "works_in": "Records of works that came in.",
        "works_loaded": "Of these, loaded.",
        "works_quarantined": "Of these, put aside with a reason.",
        "works_replaced": "Of these, replaced by a later version of the same work.",
        "works_vanished": "Of these, the last version of a work that the source no longer has, or not in the scope.",
        "checks": "Checks of all gates.",
        "checks_failed": "Of these, failed (warnings and accepted findings).",
        "failures_accepted": "Findings that a person accepted.",
        "first_year": "First year of the scope.",
        "complete_to_year": "Last year that is complete; null when none is.",
        "swept_at": "When works were last swept, UTC; null when they do not come by sweeps.",
        "previous_release_id": "Release that was current before; null for the first.",
    },
}

_GATES = {
    "gate_1": (1, "raw batches"),
    "gate_2": (2, "warehouse"),
    "gate_3": (3, "candidate"),
}

_RELEASE_VIEW = f"""
select
    releases.release_id,
    releases.published_at,
    releases.data_origin,
    releases.scope_id,
    releases.works_in,
    releases.works_loaded,
    releases.works_quarantined,
    releases.works_replaced,
    releases.works_vanished,
    releases.checks,
    releases.checks_failed,
    releases.failures_accepted,
    years.first_year,
    years.complete_to_year,
    greatest(batches.ended_at, windows.swept_at) as swept_at,
    releases.previous_release_id
from (select * from {RELEASES} order by published_at desc limit 1) as releases
cross join (
    select min(publication_year) as first_year, max(case when is_complete_year then publication_year end)
        as complete_to_year
    from mart_copublication_trends
) as years
cross join (select max(ended_at) as ended_at from mart_ops_batches where entity = 'works') as batches
cross join (select max(complete_as_of) as swept_at from mart_ops_windows) as windows
"""


def described_columns(table: str) -> dict[str, str]:
    """What each column of one of these tables means, by name, in order; empty for any other table."""
    return dict(_COLUMNS.get(table, {}))


def description_of(table: str) -> str:
    """What one of these tables holds."""
    return _DESCRIPTIONS[table]


def add_audit_tables(candidate: Path, parquet: Path) -> tuple[CandidateTable, ...]:
    """Take over from the candidate what the audit found."""
    for name in OF_AUDIT:
        shutil.copyfile(candidate / "audit" / f"{name}.parquet", parquet / f"{name}.parquet")
    return tuple(_described(parquet / f"{name}.parquet") for name in OF_AUDIT)


def add_releases(releases: Sequence[Release], parquet: Path) -> CandidateTable:
    """Write the list of releases, oldest first."""
    target = parquet / f"{RELEASES}.parquet"
    with duckdb.connect() as db:
        db.execute(
            """
            create table releases (
                release_id text, published_at timestamp, run_id text, data_origin text, source text,
                scope_id text, fetch_version text, flatten_version text, count_version text, duckdb_version text,
                works_in bigint, works_loaded bigint, works_quarantined bigint,
                works_replaced bigint, works_vanished bigint, tables bigint, checks bigint,
                checks_failed bigint, failures_accepted bigint, batches bigint, previous_release_id text
            )
            """
        )
        rows = [_row(release) for release in releases]
        db.executemany(f"insert into releases values ({', '.join('?' * len(rows[0]))})", rows)
        db.execute(f"copy (from releases order by published_at) to {quoted(target)} (format parquet)")
    return _described(target)


def add_bi_tables(releases: Sequence[Release], parquet: Path) -> tuple[CandidateTable, ...]:
    """Write what BI tools show of the last of these releases and of those before it, oldest first."""
    with duckdb.connect() as db:
        db.execute(
            """
            create table checks (
                gate integer, gate_name text, check_id text, table_name text, severity text, kind text,
                passed boolean, outcome text, observed_value double, observed_text text, expected text,
                accepted_reason text
            )
            """
        )
        rows = [row for gate, checks in releases[-1].gates.items() for row in _check_rows(gate, checks)]
        if rows:
            db.executemany(f"insert into checks values ({', '.join('?' * len(rows[0]))})", rows)
        results = read_parquet(parquet / f"{QUALITY_RESULTS}.parquet")
        db.execute(
            f"""
            copy (
                select checks.* exclude (accepted_reason), results.description, checks.accepted_reason
                from checks
                left join {results} as results on checks.gate = 3 and checks.check_id = results.check_id
                order by checks.gate, checks.check_id
            ) to {quoted(parquet / f"{BI_CHECK}.parquet")} (format parquet)
            """
        )
        db.execute("create table tables (release_id text, published_at timestamp, table_name text, row_count bigint)")
        db.executemany(
            "insert into tables values (?, ?, ?, ?)",
            [
                (release.release_id, release.published_at.replace(tzinfo=None), table.name, table.rows)
                for release in releases
                for table in release.tables
                # of this release it is not written yet
                if table.name != BI_TABLE_ROWS
            ],
        )
        db.execute(
            f"""
            copy (
                select release_id, published_at, published_at = max(published_at) over () as is_latest, table_name,
                    row_count, lag(row_count) over in_time as rows_before,
                    row_count - lag(row_count) over in_time as change
                from tables
                window in_time as (partition by table_name order by published_at)
                order by published_at, table_name
            ) to {quoted(parquet / f"{BI_TABLE_ROWS}.parquet")} (format parquet)
            """
        )
        for name in (RELEASES, "mart_copublication_trends", "mart_ops_batches", "mart_ops_windows"):
            db.execute(f"create view {name} as from {read_parquet(parquet / f'{name}.parquet')}")
        db.execute(f"copy ({_RELEASE_VIEW}) to {quoted(parquet / f'{BI_RELEASE}.parquet')} (format parquet)")
    checks, tables, release = (
        _described(parquet / f"{name}.parquet") for name in (BI_CHECK, BI_TABLE_ROWS, BI_RELEASE)
    )
    return checks, tables, release.model_copy(update={"view_sql": _RELEASE_VIEW.strip()})


def _check_rows(gate: str, checks: Sequence[Check]) -> Iterator[tuple[object, ...]]:
    for check in checks:
        yield (
            *_GATES[gate],
            check.check_id,
            check.table or None,
            check.severity,
            check.kind,
            check.passed,
            _outcome(check),
            check.value,
            check.observed,
            check.expected,
            check.accepted.reason if check.accepted else None,
        )


def _outcome(check: Check) -> str:
    if check.passed:
        return "not checked" if check.observed.startswith(NOT_CHECKED) else "passed"
    if check.accepted:
        return "accepted"
    return "failed" if check.severity == "fail" else "warned"


def _row(release: Release) -> tuple[object, ...]:
    checks = [check for gate in release.gates.values() for check in gate]
    return (
        release.release_id,
        release.published_at.replace(tzinfo=None),
        release.run_id,
        release.data_origin,
        release.source,
        release.scope_id,
        release.fetch_version,
        release.flatten_version,
        release.count_version,
        release.duckdb_version,
        release.works_in,
        release.works_loaded,
        release.works_quarantined,
        release.works_replaced,
        release.works_vanished,
        len(release.tables),
        len(checks),
        sum(not check.passed for check in checks),
        len(release.accepted),
        len(release.batches),
        release.previous,
    )


def _described(file: Path) -> CandidateTable:
    with duckdb.connect() as db:
        columns = db.execute(f"describe select * from {read_parquet(file)}").fetchall()
        (rows,) = db.execute(f"select count(*) from {read_parquet(file)}").fetchall()[0]
    return CandidateTable(
        name=file.stem,
        description=_DESCRIPTIONS[file.stem],
        grain=_GRAINS[file.stem],
        rows=rows,
        sha256=sha256_file(file),
        columns=tuple(
            CandidateColumn(name=name, type=kind, description=_COLUMNS[file.stem][name]) for name, kind, *_ in columns
        ),
    )
