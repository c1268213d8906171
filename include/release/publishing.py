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
from include.common.errors import ContractError
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
from include.contracts.candidate import AUDIT, DATA_DOCS, MARTS, REFERENCE, REPORT, CandidateTable, Lineage, files_of
from include.contracts.hold import Hold, hold_in
from include.contracts.release import Release
from include.contracts.schema_changes import schema_changes
from include.release import ops
from include.release.catalogue import (
    ReleaseError,
    built_at,
    find_held,
    folder_of,
    kept_releases,
    lock_file,
    point_at,
    readable_current,
    remove_leftovers,
    remove_old,
)
from include.release.database import write_database
from include.release.downloads import write_downloads
from include.release.fitness import Candidate, fit_candidate
from include.release.verifying import require_whole, verify_folder
from include.release.workbook import write_workbook
from include.settings import Settings

log = logging.getLogger("entangled")


def publish_candidate(settings: Settings, run_id: str) -> Release:
    """See `include.release.publish`."""
    ensure_dir(settings.releases_dir)
    with only_one(lock_file(settings), "a change of releases"):
        # what tools that kill it here wait for (include/pipeline/switches.py)
        log.info("publishing run %s", run_id)
        remove_leftovers(settings)
        candidate = fit_candidate(settings, run_id)
        hold = hold_in(settings.releases_dir)
        return _stay(settings, hold, candidate) if hold else publish_fit(settings, candidate)


def publish_fit(settings: Settings, candidate: Candidate) -> Release:
    """Make a candidate that is fit the current release. Hold the lock.

    Raises:
        ReleaseError: a younger candidate is published already.
    """
    lineage, now, kept = candidate.lineage, readable_current(settings), kept_releases(settings)
    made = next((release for release in kept if release.run_id == lineage.run_id), None)
    if made is None or made != now:
        _require_newest(lineage, made, kept)
    if made is None:
        # readers may have been taken back: then the newest is another one than theirs
        alike = [release for release in (now, *kept[:1]) if release and _is_same_data(lineage, release)]
        same = next((release for release in alike if not verify_folder(settings, release).problems), None)
        if same is not None:
            log.info("unchanged: run %s has the data of release %s", lineage.run_id, same.release_id)
            point_at(settings, same)
            return same
        with disk_errors(settings.releases_dir):
            made = _make(settings, candidate, now)
    else:
        # by a run that was killed before its switch, or long ago
        require_whole(settings, made)
    point_at(settings, made)
    for release_id in remove_old(settings):
        log.info("release %s removed: %d are kept", release_id, settings.keep_releases)
    log.info("release %s is current", made.release_id)
    return made


def _stay(settings: Settings, hold: Hold, candidate: Candidate) -> Release:
    """Keep readers on the release that is held; the candidate waits."""
    held = find_held(settings, hold)
    # a rollback that was killed before its switch
    point_at(settings, held)
    log.warning(
        "%s: run %s passed its audit and is not published; `make rollforward` does that", hold, candidate.lineage.run_id
    )
    return held


def _require_newest(lineage: Lineage, made: Release | None, kept: Sequence[Release]) -> None:
    """Readers never go back by publishing: that is what a rollback is for, which says so and holds."""
    younger = [
        release
        for release in kept
        if release != made
        and (built_at(release) > lineage.built_at or (made is not None and release.published_at > made.published_at))
    ]
    if younger:
        raise ReleaseError(
            f"run {lineage.run_id} was built {lineage.built_at:%Y-%m-%d %H:%M:%S} UTC, before release "
            f"{younger[0].release_id} ({built_at(younger[0]):%Y-%m-%d %H:%M:%S}), and readers do not go back by "
            "publishing",
            where=lineage.run_id,
            fix="build again; to take readers back: make rollback. If the clock was wrong when "
            f"{younger[0].release_id} was made, move its folder away",
        )


def _is_same_data(lineage: Lineage, release: Release) -> bool:
    """Whether a reader would see no difference: the same tables, to the byte, about the same, defined the same."""
    if _about(lineage) != _about(release):
        return False
    own = {*ops.OF_AUDIT, *ops.OF_RELEASE}
    before = {table.name: table.sha256 for table in release.tables if table.name not in own}
    return before == {table.name: table.sha256 for table in lineage.tables}


def _about(made: Lineage | Release) -> tuple[str, ...]:
    versions = (made.fetch_version, made.flatten_version, made.count_version, made.duckdb_version)
    return (made.data_origin, made.source, made.scope_id, *versions)


def _make(settings: Settings, candidate: Candidate, previous: Release | None) -> Release:
    lineage, verdict = candidate.lineage, candidate.verdict
    published_at = utc_now()
    release_id = _release_id(published_at, lineage.run_id)
    aside = settings.releases_dir / f".{release_id}.tmp"
    parquet = ensure_dir(aside / "parquet")
    with storage_errors(aside):
        _copy_tables(candidate, parquet)
        for part in (REFERENCE, REPORT, DATA_DOCS):
            _copy_folder(candidate, part, aside / part)
    audit_tables = ops.add_audit_tables(candidate.folder, parquet)
    for table in audit_tables:
        _require_same(candidate, f"{AUDIT}/{table.name}.parquet", table.sha256)
    release = Release(
        release_id=release_id,
        published_at=published_at,
        run_id=lineage.run_id,
        built_at=lineage.built_at,
        data_origin=lineage.data_origin,
        source=lineage.source,
        scope_id=lineage.scope_id,
        fetch_version=lineage.fetch_version,
        flatten_version=lineage.flatten_version,
        count_version=lineage.count_version,
        duckdb_version=lineage.duckdb_version,
        models_sha256=lineage.models_sha256,
        reference_sha256=lineage.reference_sha256,
        scope_title=lineage.scope_title,
        works_in=lineage.works_in,
        works_loaded=lineage.works_loaded,
        works_quarantined=lineage.works_quarantined,
        works_replaced=lineage.works_replaced,
        works_vanished=lineage.works_vanished,
        tables=(*lineage.tables, *audit_tables),
        gates={"gate_1": gate_1(candidate.manifests), "gate_2": lineage.gate_2, "gate_3": verdict.checks},
        previous=previous.release_id if previous else None,
        changes=_changes((*lineage.tables, *audit_tables), previous),
        batches=lineage.batches,
        dbt_invocation_id=lineage.dbt_invocation_id,
        git_revision=lineage.git_revision,
        files_sha256={},
    )
    earlier = [*reversed(kept_releases(settings))]
    releases = ops.add_releases([*earlier, release], parquet)
    release = release.model_copy(update={"tables": (*release.tables, releases)})
    tables = (*release.tables, *ops.add_bi_tables([*earlier, release], parquet))
    synthetic = lineage.data_origin == "synthetic"
    _write_database(settings, aside, parquet, tables, synthetic=synthetic)
    release = release.model_copy(
        update={
            "tables": tables,
            "changes": _changes(tables, previous),
            "schema_changes": schema_changes(previous.tables if previous else tables, tables),
        }
    )
    # before the page that links to it
    write_workbook(settings, aside, release)
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


def _copy_tables(candidate: Candidate, target: Path) -> None:
    """Copy the tables that were audited, and nothing else."""
    for table in candidate.lineage.tables:
        name = f"{table.name}.parquet"
        shutil.copyfile(candidate.folder / MARTS / name, target / name)
        _require_same(candidate, f"{MARTS}/{name}", sha256_file(target / name))


def _copy_folder(candidate: Candidate, part: str, target: Path) -> None:
    shutil.copytree(candidate.folder / part, target)
    for name, sha256 in files_of(target.parent, part).items():
        _require_same(candidate, name, sha256)


def _require_same(candidate: Candidate, name: str, sha256: str) -> None:
    """What was copied is what was audited: the candidate was looked at before, and it is a folder like any other."""
    if candidate.verdict.files_sha256.get(name) != sha256:
        raise ContractError(
            f"{name} of the candidate was changed while it was published",
            where=str(candidate.folder / name),
            fix="let nothing else write there, and build again",
        )


def gate_1(manifests: Sequence[BatchManifest]) -> tuple[Check, ...]:
    """Gate 1 of all batches together: one line a check, with the number of batches that it was made on."""
    found: dict[str, list[Check]] = {}
    for manifest in manifests:
        for check in manifest.checks:
            found.setdefault(check.check_id, []).append(check)
    return tuple(_together(check_id, checks) for check_id, checks in sorted(found.items()))


def _together(check_id: str, checks: list[Check]) -> Check:
    failed = [check for check in checks if not check.passed]
    accepted = [check for check in failed if check.accepted]
    told = f", accepted in {len(accepted)}" if accepted else ""
    return Check(
        check_id=check_id,
        severity="fail" if any(check.severity == "fail" for check in checks) else "warn",
        kind=checks[0].kind,
        passed=not failed,
        observed=f"passed in {len(checks) - len(failed)} of {len(checks)} batches{told}",
        expected=checks[0].expected,
        finding=" ".join(dict.fromkeys(check.finding for check in failed if check.finding)),
        table="mart_ops_batches",
        value=float(len(failed)),
        accepted=accepted[-1].accepted if accepted and len(accepted) == len(failed) else None,
    )


def _changes(tables: tuple[CandidateTable, ...], previous: Release | None) -> dict[str, int]:
    before = {table.name: table.rows for table in previous.tables} if previous else {}
    now = {table.name: table.rows for table in tables}
    return {name: now.get(name, 0) - before.get(name, 0) for name in sorted({*before, *now})}


def _checksums(folder: Path) -> dict[str, str]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): sha256_file(file) for file in files}
