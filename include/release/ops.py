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
RELEASES = "mart_ops_releases"

_DESCRIPTIONS = {
    QUALITY_RESULTS: "What gate 3 checked in this release, and what it found.",
    RELEASES: "The releases that were kept when this one was published, and this one.",
}
_GRAINS = {QUALITY_RESULTS: "run_id, check_id", RELEASES: "release_id"}
_COLUMNS = {
    QUALITY_RESULTS: {
        "run_id": "Run that was audited.",
        "check_id": "Stable name of the check.",
        "severity": "fail blocks a release, warn shows.",
        "passed": "Whether it passed.",
        "observed": "What was found.",
        "expected": "What passes.",
        "description": "What must hold, in words.",
        "accepted_reason": "Why a person accepted the failure for this run; null when nobody did.",
        "audited_at": "When, UTC.",
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
        "checks_failed": "Of these, failed (warnings and accepted failures).",
        "failures_accepted": "Failed checks that a person accepted.",
        "batches": "Batches that it was built from.",
        "previous_release_id": "Release that was current before; null for the first.",
    },
}


def add_quality_results(candidate: Path, parquet: Path) -> CandidateTable:
    """Take the audit's results over from the candidate."""
    target = parquet / f"{QUALITY_RESULTS}.parquet"
    shutil.copyfile(candidate / "audit" / f"{QUALITY_RESULTS}.parquet", target)
    return _described(target)


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
