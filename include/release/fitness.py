"""What must hold of a candidate before readers get it: it is the one that was audited, of this scope, of its origin.

The verdict is the candidate's: it has the digest of every file that the audit judged or wrote and of the report, and
whether it passed is computed again from its checks, which must be those of the table of results that readers get.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from include.common.clock import utc_now
from include.common.duck import connect
from include.common.errors import ContractError, GateFailed
from include.common.sql import read_parquet
from include.contracts.batch import BatchManifest, Check
from include.contracts.candidate import AUDIT, AUDITED, DATA_DOCS, LINEAGE, MARTS, REPORT, Lineage, Verdict, files_of
from include.contracts.home import source_of
from include.contracts.scope import ResolvedScope
from include.release.ops import QUALITY_RESULTS
from include.settings import Settings

_BUILD_AGAIN = "build again: python -m include.warehouse export, then audit, report and publish"
# how the export marks what is invented (include/warehouse/export.py)
MARK = "SYNTHETIC"
# names of files that a message spells out
_NAMED = 5


@dataclass(frozen=True)
class Candidate:
    """A candidate that may be published. `manifests` are those of its raw batches that are here."""

    folder: Path
    lineage: Lineage
    verdict: Verdict
    manifests: tuple[BatchManifest, ...]


def fit_candidate(settings: Settings, run_id: str) -> Candidate:
    """The candidate `build/<run_id>/`.

    Raises:
        GateFailed: it has no verdict, one of another run, or one that did not pass.
        ContractError: it is torn, not what was audited, or of another scope or origin.
    """
    folder = settings.build_dir / run_id
    if not (folder / LINEAGE).is_file():
        there = sorted(found.parent.name for found in settings.build_dir.glob(f"[!.]*/{LINEAGE}"))
        raise ContractError(
            f"there is no candidate {run_id}",
            where=str(settings.build_dir),
            fix=f"candidates here: {', '.join(there)}" if there else "build one: python -m include.pipeline run",
        )
    lineage = Lineage.load(folder / LINEAGE)
    verdict = _passed_verdict(folder, run_id)
    _require_own_files(folder, lineage, verdict)
    _require_own_results(settings, folder, verdict)
    _require_scope(settings, folder, lineage)
    manifests = _manifests(settings, lineage)
    _require_origin(settings, folder, lineage, manifests)
    return Candidate(folder, lineage, verdict, manifests)


def _audit_again(run_id: str) -> str:
    return f"audit it again: python -m include.audit --run {run_id}, then report and publish"


def _passed_verdict(folder: Path, run_id: str) -> Verdict:
    file = folder / "verdict.json"
    if not file.exists():
        raise GateFailed(f"run {run_id} has not been audited", where=str(folder), fix=_audit_again(run_id))
    verdict = Verdict.load(file)
    if verdict.run_id != run_id:
        raise GateFailed(
            f"run {run_id} has the verdict of run {verdict.run_id}", where=str(file), fix=_audit_again(run_id)
        )
    failed = verdict.blocking
    if failed or not verdict.passed:
        names = f": {', '.join(check.check_id for check in failed)}" if failed else ""
        raise GateFailed(
            f"run {run_id} did not pass its audit{names}",
            where=str(folder / DATA_DOCS / "index.html"),
            fix="mend what failed and build again; readers keep the last release",
        )
    now = utc_now()
    ended = [f"{check.name} ({check.accepted})" for check in verdict.checks if _has_ended(check, now)]
    if ended:
        raise GateFailed(
            f"run {run_id} passed its audit with what was accepted, and the last day of that is over: {ended[0]}",
            where=str(file),
            fix=f"{_audit_again(run_id)}; the gate then says how to accept it again",
        )
    if not verdict.checks:
        raise GateFailed(f"the verdict of run {run_id} names no check", where=str(file), fix=_audit_again(run_id))
    if not {LINEAGE, f"{AUDIT}/{QUALITY_RESULTS}.parquet"} <= verdict.files_sha256.keys():
        raise GateFailed(
            f"run {run_id} was audited by an earlier program, whose verdict does not say what it judged",
            where=str(file),
            fix=_audit_again(run_id),
        )
    return verdict


def _require_own_files(folder: Path, lineage: Lineage, verdict: Verdict) -> None:
    """The files are those that the verdict names, and the tables those that the lineage names."""
    run_id = verdict.run_id
    for part, stage in ((DATA_DOCS, "include.audit"), (REPORT, "include.report")):
        command = f"python -m {stage} --run {run_id}"
        if not (folder / part / "index.html").is_file():
            raise ContractError(f"the candidate has no {part}", where=str(folder / part), fix=f"write it: {command}")
        if f"{part}/index.html" not in verdict.files_sha256:
            raise ContractError(
                f"the verdict does not know the {part} of the candidate",
                where=str(folder / part),
                fix=f"write it again: {command}",
            )
    found = files_of(folder, *AUDITED, REPORT)
    named = verdict.files_sha256
    changed = [
        *(f"{name} is gone" for name in sorted(named.keys() - found.keys())),
        *(f"{name} was added" for name in sorted(found.keys() - named.keys())),
        *(f"{name} was changed" for name in sorted(named.keys() & found.keys()) if named[name] != found[name]),
    ]
    changed += [
        f"{name} is not the table that was exported"
        for table in lineage.tables
        if named.get(name := f"{MARTS}/{table.name}.parquet") != table.sha256
    ]
    about = (lineage.run_id, lineage.data_origin, lineage.source, lineage.scope_id, lineage.fetch_version)
    if about != (run_id, verdict.data_origin, verdict.source, verdict.scope_id, verdict.fetch_version):
        changed.append(f"{LINEAGE} names another run, origin, source or scope than the verdict")
    if changed:
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        only_report = all(sentence.startswith(f"{REPORT}/") for sentence in changed)
        raise ContractError(
            f"the candidate is not the one that was audited: {', '.join(changed[:_NAMED])}{more}",
            where=str(folder),
            fix=f"write the page again: python -m include.report --run {run_id}" if only_report else _BUILD_AGAIN,
        )


def _require_own_results(settings: Settings, folder: Path, verdict: Verdict) -> None:
    """What readers will be told of the checks is what the verdict says of them, check by check."""
    file = folder / AUDIT / f"{QUALITY_RESULTS}.parquet"
    try:
        with connect(settings) as db:
            rows = db.execute(
                f"""
                select check_id, severity, kind, passed, observed, expected, coalesce(finding, ''),
                    coalesce(accepted_reason, ''), coalesce(accepted_by, ''), accepted_until
                from {read_parquet(file)}
                """
            ).fetchall()
    except duckdb.Error as error:
        raise ContractError(
            f"the results of the audit cannot be read: {str(error).splitlines()[0]}",
            where=str(file),
            fix=_audit_again(verdict.run_id),
        ) from None
    told = [_row(check) for check in verdict.checks]
    if set(rows) != set(told) or len(rows) != len(told):
        different = sorted({str(row[0]) for row in {*rows} ^ {*told}})
        raise GateFailed(
            f"the verdict of run {verdict.run_id} is not what its audit found: {', '.join(different[:_NAMED])}",
            where=str(folder / "verdict.json"),
            fix=_audit_again(verdict.run_id),
        )


def _has_ended(check: Check, now: datetime) -> bool:
    return check.accepted is not None and check.accepted.has_ended(now)


def _row(check: Check) -> tuple[object, ...]:
    accepted = check.accepted
    return (
        check.check_id,
        check.severity,
        check.kind,
        check.passed,
        check.observed,
        check.expected,
        check.finding,
        accepted.reason if accepted else "",
        accepted.who if accepted else "",
        accepted.until if accepted else None,
    )


def _require_scope(settings: Settings, folder: Path, lineage: Lineage) -> None:
    scope = ResolvedScope.load(settings.resolved_scope_file)
    if lineage.scope_id == scope.scope_id and scope.is_version(lineage.fetch_version):
        return
    raise ContractError(
        f"run {lineage.run_id} is of scope {lineage.scope_id} {lineage.fetch_version}, and this home is of "
        f"{scope.scope_id} {scope.fetch_version}",
        where=str(folder),
        fix=f"set ENTANGLED_SCOPE to the scope that readers shall have, and run again ({settings.resolved_scope_file} "
        "holds the one of the last run)",
    )


def _manifests(settings: Settings, lineage: Lineage) -> tuple[BatchManifest, ...]:
    wanted = {f"batch={batch_id}" for batch_id in lineage.batches}
    folders = [folder for folder in sorted(settings.raw_zone.glob("*/batch=*")) if folder.name in wanted]
    return tuple(BatchManifest.load(folder / "_manifest.json") for folder in folders)


def _require_origin(settings: Settings, folder: Path, lineage: Lineage, manifests: tuple[BatchManifest, ...]) -> None:
    """Invented data says so in every table, other data in none, and batches and home are of the same origin."""
    foreign = sorted({manifest.data_origin for manifest in manifests} - {lineage.data_origin})
    if foreign:
        raise ContractError(
            f"run {lineage.run_id} says that its data is {lineage.data_origin}, and its batches are "
            f"{', '.join(foreign)}",
            where=str(folder / LINEAGE),
            fix=_BUILD_AGAIN,
        )
    invented = lineage.data_origin == "synthetic"
    wrong = [table.name for table in lineage.tables if table.description.startswith(MARK) != invented]
    if wrong:
        raise ContractError(
            f"the data of run {lineage.run_id} is {lineage.data_origin}, and the description of "
            f"{', '.join(wrong[:_NAMED])} does not {'say' if invented else 'agree: it says'} {MARK}",
            where=str(folder / LINEAGE),
            fix=_BUILD_AGAIN,
        )
    here = source_of(settings.home, lineage.data_origin)
    # candidates of before November 2026 name no source
    if lineage.source and lineage.source != here:
        raise ContractError(
            f"run {lineage.run_id} is of source {lineage.source}, and this home holds {here}",
            where=str(folder),
            fix="run again with the source that readers shall have (make demo, make run)",
        )
