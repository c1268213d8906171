"""From an audited candidate to the current release.

Everything is made in `releases/.<id>.tmp/`, release.json last; one rename makes it a release, one more makes it the
current one. Killed at any point, readers keep what they had, and the same command finishes the work.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from include.common.clock import utc_now
from include.common.duck import disk_errors
from include.common.errors import ContractError, GateFailed
from include.common.files import (
    ensure_database_dir,
    ensure_dir,
    only_one,
    publish_dir,
    remove_database_dir,
    sha256_file,
    storage_errors,
)
from include.contracts.batch import BatchManifest, Check
from include.contracts.candidate import CandidateTable, Lineage, Verdict
from include.contracts.release import Release
from include.release import ops
from include.release.catalogue import (
    current_release,
    folder_of,
    kept_releases,
    lock_file,
    point_at,
    remove_leftovers,
    remove_old,
)
from include.release.database import write_database
from include.release.downloads import write_downloads
from include.settings import Settings

log = logging.getLogger("entangled")


def publish_candidate(settings: Settings, run_id: str) -> Release:
    """See `include.release.publish`."""
    candidate = settings.build_dir / run_id
    lineage = Lineage.load(candidate / "lineage.json")
    verdict = _passed_verdict(candidate, run_id)
    ensure_dir(settings.releases_dir)
    with only_one(lock_file(settings), "a change of releases"):
        remove_leftovers(settings)
        now = current_release(settings)
        made = next((release for release in kept_releases(settings) if release.run_id == run_id), None)
        if made is None and now is not None and _is_same_data(lineage, now):
            log.info("unchanged: run %s has the data of release %s", run_id, now.release_id)
            return now
        if made is None:
            with disk_errors(settings.releases_dir):
                made = _make(settings, candidate, lineage, verdict, now)
        point_at(settings, made)
        for release_id in remove_old(settings):
            log.info("release %s removed: %d are kept", release_id, settings.keep_releases)
    log.info("release %s is current", made.release_id)
    return made


def _passed_verdict(candidate: Path, run_id: str) -> Verdict:
    file = candidate / "verdict.json"
    if not file.exists():
        raise GateFailed(
            f"run {run_id} has not been audited", where=str(candidate), fix=f"python -m include.audit --run {run_id}"
        )
    verdict = Verdict.load(file)
    if verdict.run_id != run_id or not verdict.passed:
        raise GateFailed(
            f"run {run_id} did not pass its audit",
            where=str(candidate / "data_docs" / "index.html"),
            fix="mend what failed and build again; readers keep the last release",
        )
    return verdict


def _is_same_data(lineage: Lineage, release: Release) -> bool:
    """Whether a reader would see no difference: the same tables, to the byte, about the same, defined the same."""
    if _about(lineage) != _about(release):
        return False
    own = {ops.QUALITY_RESULTS, ops.RELEASES}
    before = {table.name: table.sha256 for table in release.tables if table.name not in own}
    return before == {table.name: table.sha256 for table in lineage.tables}


def _about(made: Lineage | Release) -> tuple[str, ...]:
    versions = (made.fetch_version, made.flatten_version, made.count_version, made.duckdb_version)
    return (made.data_origin, made.source, made.scope_id, *versions)


def _make(settings: Settings, candidate: Path, lineage: Lineage, verdict: Verdict, previous: Release | None) -> Release:
    published_at = utc_now()
    release_id = _release_id(published_at, lineage.run_id)
    aside = settings.releases_dir / f".{release_id}.tmp"
    parquet = ensure_dir(aside / "parquet")
    with storage_errors(aside):
        _copy_tables(candidate / "marts", parquet, lineage)
        for part, stage in (("report", "include.report"), ("data_docs", "include.audit")):
            _copy_folder(candidate / part, aside / part, f"python -m {stage} --run {lineage.run_id}")
    results = ops.add_quality_results(candidate, parquet)
    release = Release(
        release_id=release_id,
        published_at=published_at,
        run_id=lineage.run_id,
        data_origin=lineage.data_origin,
        source=lineage.source,
        scope_id=lineage.scope_id,
        fetch_version=lineage.fetch_version,
        flatten_version=lineage.flatten_version,
        count_version=lineage.count_version,
        duckdb_version=lineage.duckdb_version,
        scope_title=lineage.scope_title,
        works_in=lineage.works_in,
        works_loaded=lineage.works_loaded,
        works_quarantined=lineage.works_quarantined,
        works_replaced=lineage.works_replaced,
        works_vanished=lineage.works_vanished,
        tables=(*lineage.tables, results),
        gates={"gate_1": gate_1(settings, lineage.batches), "gate_2": lineage.gate_2, "gate_3": verdict.checks},
        accepted=verdict.accepted,
        previous=previous.release_id if previous else None,
        changes=_changes((*lineage.tables, results), previous),
        batches=lineage.batches,
        dbt_invocation_id=lineage.dbt_invocation_id,
        git_revision=lineage.git_revision,
        files_sha256={},
    )
    releases = ops.add_releases([*reversed(kept_releases(settings)), release], parquet)
    tables = (*release.tables, releases)
    synthetic = lineage.data_origin == "synthetic"
    _write_database(settings, aside, parquet, tables, synthetic=synthetic)
    release = release.model_copy(update={"tables": tables, "changes": _changes(tables, previous)})
    write_downloads(settings, aside, release)
    release = release.model_copy(update={"files_sha256": _checksums(aside)})
    release.save(aside / "release.json")
    publish_dir(aside, folder_of(settings, release))
    return release


def _write_database(
    settings: Settings, aside: Path, parquet: Path, tables: Sequence[CandidateTable], *, synthetic: bool
) -> None:
    folder = ensure_database_dir(aside / "database")
    write_database(settings, folder / "marts.duckdb", parquet, tables, synthetic=synthetic)
    with storage_errors(aside):
        shutil.move(folder / "marts.duckdb", aside / "marts.duckdb")
        remove_database_dir(folder)


def _release_id(published_at: datetime, run_id: str) -> str:
    # the end of a run's ULID is its random part
    short = "".join(letter for letter in run_id.lower() if letter.isalnum())[-6:]
    return f"{published_at:%Y%m%dT%H%M%SZ}-{short}"


def _copy_tables(source: Path, target: Path, lineage: Lineage) -> None:
    """Copy the tables that were audited, and nothing else."""
    for table in lineage.tables:
        file = target / f"{table.name}.parquet"
        found = source / file.name
        if found.exists():
            shutil.copyfile(found, file)
        if not found.exists() or sha256_file(file) != table.sha256:
            raise ContractError(
                f"the candidate's table {table.name} is not the one that was exported",
                where=str(found),
                fix="build again: python -m include.warehouse export, then audit, report and publish",
            )


def _copy_folder(source: Path, target: Path, command: str) -> None:
    if not (source / "index.html").exists():
        raise ContractError(f"the candidate has no {source.name}", where=str(source), fix=f"write it: {command}")
    shutil.copytree(source, target)


def gate_1(settings: Settings, batches: tuple[str, ...]) -> tuple[Check, ...]:
    """Gate 1 of all batches together: one line a check, with the number of batches that it was made on."""
    wanted = {f"batch={batch_id}" for batch_id in batches}
    folders = [folder for folder in sorted(settings.raw_zone.glob("*/batch=*")) if folder.name in wanted]
    found: dict[str, list[Check]] = {}
    for folder in folders:
        for check in BatchManifest.load(folder / "_manifest.json").checks:
            found.setdefault(check.check_id, []).append(check)
    return tuple(
        Check(
            check_id=check_id,
            severity="fail" if any(check.severity == "fail" for check in checks) else "warn",
            passed=all(check.passed for check in checks),
            observed=f"passed in {sum(check.passed for check in checks)} of {len(checks)} batches",
            expected=checks[0].expected,
        )
        for check_id, checks in sorted(found.items())
    )


def _changes(tables: tuple[CandidateTable, ...], previous: Release | None) -> dict[str, int]:
    before = {table.name: table.rows for table in previous.tables} if previous else {}
    now = {table.name: table.rows for table in tables}
    return {name: now.get(name, 0) - before.get(name, 0) for name in sorted({*before, *now})}


def _checksums(folder: Path) -> dict[str, str]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): sha256_file(file) for file in files}
