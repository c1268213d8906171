"""The gate itself: compute, judge, write everything down, and stop the flow when a check that blocks has failed."""

from __future__ import annotations

import logging
import shutil
import time
from pathlib import Path

from include.audit.baseline import Baseline, find_baseline
from include.audit.docs import DocumentedCheck, make_self_contained
from include.audit.drift.engine import measure_drift
from include.audit.judge import judge
from include.audit.metrics import Metric, compute, reasons_to_skip
from include.audit.registry import load_checks
from include.audit.suites import load_suites, table_suites
from include.audit.tables import opened, years_of_scope
from include.audit.thresholds import load_thresholds
from include.common.clock import utc_now
from include.common.duck import connect
from include.common.files import ensure_dir, storage_errors
from include.common.sql import quoted
from include.contracts.acceptance import Refused, Subject, clear_refusal, judged, refuse
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
    baseline = find_baseline(settings, lineage)
    log.info("gate 3: drift is measured against %s", _compared_with(baseline))
    # an old verdict must not outlive the audit that replaces it
    (folder / "verdict.json").unlink(missing_ok=True)

    docs = folder / "data_docs"
    shutil.rmtree(docs, ignore_errors=True)
    with opened(settings, lineage, thresholds, suites) as db, storage_errors(docs):
        reasons = reasons_to_skip(db, thresholds, baseline.parquet if baseline.release else None)
        numbers = compute(db, checks, reasons) + measure_drift(settings, lineage, baseline)
        tables = table_suites(suites, lineage.tables, reasons, thresholds | years_of_scope(db))
        metrics = judge(db, numbers, tables, docs)
    subject = Subject(settings.home, "gate_3", run_id)
    results = judged(subject, tuple(map(_result, metrics)))
    verdict = Verdict(
        run_id=run_id,
        audited_at=utc_now(),
        compared_with=baseline.release.release_id if baseline.release else None,
        passed=False,
        checks=results,
        data_origin=lineage.data_origin,
        source=lineage.source,
        scope_id=lineage.scope_id,
        fetch_version=lineage.fetch_version,
    )
    verdict = verdict.model_copy(update={"passed": not verdict.blocking})
    with storage_errors(docs):
        make_self_contained(docs, lineage, _documented(metrics, results), verdict.passed)
    _write_results(settings, folder / "audit" / "mart_ops_quality_results.parquet", verdict, metrics)
    # of all that was judged or written here; publishing refuses anything else
    verdict = verdict.model_copy(update={"files_sha256": files_of(folder, *AUDITED)})
    verdict.save(folder / "verdict.json")
    _tell(verdict, time.monotonic() - started)
    if not verdict.passed:
        raise _refused(subject, verdict, docs / "index.html")
    clear_refusal(subject)
    return verdict


def _compared_with(baseline: Baseline) -> str:
    return f"release {baseline.release.release_id}" if baseline.release else f"nothing: {baseline.reason}"


def _result(metric: Metric) -> Check:
    check = metric.check
    return Check(
        check_id=check.check_id,
        severity=check.severity,
        kind=metric.kind,
        passed=metric.passed,
        observed=metric.observed,
        expected=check.expected,
        finding=metric.finding,
        table=check.table,
        value=metric.value,
    )


def _documented(metrics: list[Metric], results: tuple[Check, ...]) -> list[DocumentedCheck]:
    found = []
    for metric, check in zip(metrics, results, strict=True):
        if metric.skipped:
            outcome = "skipped"
        elif check.passed:
            outcome = "passed"
        elif check.accepted:
            outcome = "accepted"
        else:
            outcome = "failed" if check.severity == "fail" else "warned"
        found.append(
            DocumentedCheck(
                check.check_id,
                metric.check.group,
                check.severity,
                check.kind,
                outcome,
                metric.check.sentence,
                check.observed,
                check.expected,
                check.finding,
                str(check.accepted or ""),
            )
        )
    return found


def _write_results(settings: Settings, file: Path, verdict: Verdict, metrics: list[Metric]) -> None:
    ensure_dir(file.parent)
    rows: list[tuple[object, ...]] = [
        (
            verdict.run_id,
            check.check_id,
            check.severity,
            check.kind,
            check.passed,
            check.observed,
            check.expected,
            metric.check.sentence,
            check.finding or None,
            check.accepted.reason if check.accepted else None,
            check.accepted.who if check.accepted else None,
            check.accepted.until if check.accepted else None,
            verdict.audited_at.replace(tzinfo=None),
        )
        for metric, check in zip(metrics, verdict.checks, strict=True)
    ]
    with storage_errors(file), connect(settings) as db:
        db.execute(
            """
            create table results (
                run_id text, check_id text, severity text, kind text, passed boolean, observed text, expected text,
                description text, finding text, accepted_reason text, accepted_by text, accepted_until date,
                audited_at timestamp
            )
            """
        )
        db.executemany(f"insert into results values ({', '.join('?' * len(rows[0]))})", rows)
        db.execute(f"copy (from results order by check_id) to {quoted(file)} (format parquet)")


def _tell(verdict: Verdict, seconds: float) -> None:
    for check in verdict.checks:
        if not check.passed:
            state = f"accepted ({check.accepted})" if check.accepted else check.severity
            log.warning("gate 3: %s: %s: %s", state, check.name, check.observed)
    log.info("gate 3: %s, %.1f s", count_checks(verdict.checks), seconds)


def _refused(subject: Subject, verdict: Verdict, docs: Path) -> Refused:
    return refuse(
        subject,
        verdict.checks,
        what=f"gate 3 refuses run {verdict.run_id}: {len(verdict.blocking)} of {len(verdict.checks)} checks failed",
        where=str(docs),
        fix="mend the cause and build again; readers keep the last release",
    )
