"""The tables of a release about itself: what the audit found, and which releases there are."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb

from include.common.files import sha256_file
from include.common.sql import quoted, read_parquet
from include.contracts.candidate import CandidateColumn, CandidateTable
from include.contracts.release import Release

QUALITY_RESULTS = "mart_ops_quality_results"
DRIFT = "mart_ops_drift"
REFERENCE_CHANGES = "mart_ops_reference_changes"
RELEASES = "mart_ops_releases"
# written by the audit, in the folder audit/ of a candidate
OF_AUDIT = (QUALITY_RESULTS, DRIFT, REFERENCE_CHANGES)

_DESCRIPTIONS = {
    QUALITY_RESULTS: "What gate 3 checked in this release, and what it found.",
    DRIFT: "How far each measure has moved from the release that this one was compared with: the cells "
    "that moved furthest, and those that moved too far. Empty when there was none to compare with.",
    REFERENCE_CHANGES: "Rows of lists, definitions and other reference tables that came, went or changed since the "
    "release that this one was compared with, and why.",
    RELEASES: "The releases that were kept when this one was published, and this one.",
}
_GRAINS = {
    QUALITY_RESULTS: "run_id, check_id",
    DRIFT: "run_id, measure, cell",
    REFERENCE_CHANGES: "run_id, table_name, row_key, change, value_before, value_now",
    RELEASES: "release_id",
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
}


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
