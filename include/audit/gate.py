"""The gate itself: compute, judge, write everything down, and stop the flow when a check that blocks has failed."""

from __future__ import annotations

import logging
import shutil
import time
from datetime import datetime
from pathlib import Path

from include.audit.baseline import Baseline, find_baseline
from include.audit.docs import DocumentedCheck, make_self_contained
from include.audit.drift.engine import drift_checks, measure_drift
from include.audit.judge import judge
from include.audit.metrics import Metric, compute, reasons_to_skip
from include.audit.registry import load_checks
from include.audit.suites import all_check_ids, load_suites, table_suites
from include.audit.tables import opened, years_of_scope
from include.audit.thresholds import load_thresholds
from include.common.accept import parse_accepted, require_known
from include.common.clock import utc_now
from include.common.duck import connect
from include.common.errors import GateFailed
from include.common.files import ensure_dir, storage_errors
from include.common.sql import quoted
from include.contracts.batch import Check, count_checks
from include.contracts.candidate import AUDITED, Lineage, Verdict, files_of
from include.settings import Settings

log = logging.getLogger("entangled")


def run_gate(settings: Settings, run_id: str) -> Verdict:
    """See `include.audit.audit`."""
    started = time.monotonic()
    folder = settings.build_dir / run_id
    lineage = Lineage.load(folder / "lineage.json")
    thresholds = load_thresholds()
    checks = load_checks(thresholds)
    suites = load_suites()
    accepted = parse_accepted(settings.accept)
    known = [check.check_id for check in (*checks, *drift_checks())]
    require_known(accepted, [*known, *all_check_ids(suites)])
    baseline = find_baseline(settings, lineage)
    log.info("gate 3: drift is measured against %s", _compared_with(baseline))
    # an old verdict must not outlive the audit that replaces it
    (folder / "verdict.json").unlink(missing_ok=True)

    docs = folder / "data_docs"
    shutil.rmtree(docs, ignore_errors=True)
    with opened(settings, lineage, thresholds, suites) as db, storage_errors(docs):
        reasons = reasons_to_skip(db, baseline, thresholds)
        numbers = compute(db, checks, reasons) + measure_drift(settings, lineage, baseline)
        tables = table_suites(suites, lineage.tables, reasons, thresholds | years_of_scope(db))
        metrics = judge(db, numbers, tables, docs)
    results = tuple(map(_result, metrics))
    used = {
        check.check_id: accepted[check.check_id] for check in results if not check.passed and check.check_id in accepted
    }
    verdict = Verdict(
        run_id=run_id,
        audited_at=utc_now(),
        compared_with=baseline.release.release_id if baseline.release else None,
        passed=False,
        checks=results,
        accepted=used,
        data_origin=lineage.data_origin,
        source=lineage.source,
        scope_id=lineage.scope_id,
        fetch_version=lineage.fetch_version,
    )
    verdict = verdict.model_copy(update={"passed": not verdict.blocking})
    with storage_errors(docs):
        make_self_contained(docs, lineage, _documented(metrics, results, used), verdict.passed)
    _write_results(settings, folder / "audit" / "mart_ops_quality_results.parquet", verdict, metrics)
    # of all that was judged or written here; publishing refuses anything else
    verdict = verdict.model_copy(update={"files_sha256": files_of(folder, *AUDITED)})
    verdict.save(folder / "verdict.json")
    _tell(verdict, time.monotonic() - started)
    if not verdict.passed:
        raise _gate_failed(verdict, docs / "index.html")
    return verdict


def _compared_with(baseline: Baseline) -> str:
    return f"release {baseline.release.release_id}" if baseline.release else f"nothing: {baseline.reason}"


def _result(metric: Metric) -> Check:
    check = metric.check
    return Check(
        check_id=check.check_id,
        severity=check.severity,
        passed=metric.passed,
        observed=metric.observed,
        expected=check.expected,
    )


def _documented(metrics: list[Metric], results: tuple[Check, ...], accepted: dict[str, str]) -> list[DocumentedCheck]:
    found = []
    for metric, check in zip(metrics, results, strict=True):
        if metric.skipped:
            outcome = "skipped"
        elif check.passed:
            outcome = "passed"
        elif check.check_id in accepted:
            outcome = "accepted"
        else:
            outcome = "failed" if check.severity == "fail" else "warned"
        found.append(
            DocumentedCheck(
                check.check_id,
                metric.check.group,
                check.severity,
                outcome,
                metric.check.sentence,
                check.observed,
                check.expected,
                accepted.get(check.check_id, ""),
            )
        )
    return found


def _write_results(settings: Settings, file: Path, verdict: Verdict, metrics: list[Metric]) -> None:
    ensure_dir(file.parent)
    rows: list[tuple[str, str, str, bool, str, str, str, str | None, datetime]] = [
        (
            verdict.run_id,
            check.check_id,
            check.severity,
            check.passed,
            check.observed,
            check.expected,
            metric.check.sentence,
            verdict.accepted.get(check.check_id),
            verdict.audited_at.replace(tzinfo=None),
        )
        for metric, check in zip(metrics, verdict.checks, strict=True)
    ]
    with storage_errors(file), connect(settings) as db:
        db.execute(
            """
            create table results (
                run_id text, check_id text, severity text, passed boolean, observed text, expected text,
                description text, accepted_reason text, audited_at timestamp
            )
            """
        )
        db.executemany("insert into results values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        db.execute(f"copy (from results order by check_id) to {quoted(file)} (format parquet)")


def _tell(verdict: Verdict, seconds: float) -> None:
    for check in verdict.checks:
        if not check.passed:
            reason = verdict.accepted.get(check.check_id)
            state = f"accepted ({reason})" if reason else check.severity
            log.warning("gate 3: %s: %s: %s", state, check.check_id, check.observed)
    log.info("gate 3: %s, %.1f s", count_checks(verdict.checks), seconds)


def _gate_failed(verdict: Verdict, docs: Path) -> GateFailed:
    failed = verdict.blocking
    found = "\n".join(f"    {check.check_id}: {check.observed} (expected {check.expected})" for check in failed)
    return GateFailed(
        f"gate 3 refuses run {verdict.run_id}: {len(failed)} of {len(verdict.checks)} checks failed\n{found}",
        where=str(docs),
        fix="mend the cause and build again; a change that is known and right is let through for one run with"
        f" ENTANGLED_ACCEPT='{failed[0].check_id}=<reason>'. Readers keep the last release",
    )
