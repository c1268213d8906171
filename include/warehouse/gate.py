"""Gate 2: was the last build whole and right? Judged by dbt's own results, kept in the warehouse, and by the data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import duckdb

from include.common.clock import utc_now
from include.common.duck import shortage
from include.common.errors import GateFailed
from include.common.files import full_disk
from include.contracts.batch import Check
from include.contracts.typed import TypedManifest
from include.settings import Settings
from include.warehouse.state import alone, open_warehouse, require_input
from include.warehouse.unit_tests import have_passed, keep_passed
from include.warehouse.works import typed_works

# older batches than this are worth a look: a schedule may have stopped
FRESH_DAYS = 7
# so many failing nodes are named in one message
NAMED = 10
# of a node's message, which may hold all of a model
MESSAGE_LETTERS = 300
BROKE = ("error", "runtime error", "partial success")
TESTS = ("test", "unit_test")
SUFFERED = ("skipped", "not run")


def check_build(settings: Settings) -> tuple[Check, ...]:
    """Judge the last `dbt build`, whoever ran it.

    Raises:
        GateFailed: a check of severity `fail` did not pass; the message lists them. Readers keep the last release.
        WarehouseBroken, BusyError: the warehouse file cannot be read now.
    """
    with alone(settings):
        return judge_build(settings)


def judge_build(settings: Settings) -> tuple[Check, ...]:
    """`check_build`, for who has the warehouse alone already."""
    batches = require_input(settings)
    with open_warehouse(settings) as warehouse:
        results = _last_build(warehouse)
        checks = (
            *_dbt_checks(results, settings),
            *_data_checks(warehouse, settings, batches),
            _freshness(batches),
            _schema_drift(batches),
        )
    failed = [check for check in checks if check.severity == "fail" and not check.passed]
    lacking = next(filter(None, (shortage(row.message, settings.home) for row in results)), None)
    if lacking is None and not results:
        # a build that could not even write its results
        lacking = full_disk(settings.home)
    if failed and lacking is not None:
        raise GateFailed(f"gate 2 failed, because {lacking.what}", where=lacking.where, fix=lacking.fix)
    if failed:
        raise GateFailed(
            "gate 2 failed:\n"
            + "\n".join(f"    {check.check_id}: {check.observed}; expected {check.expected}" for check in failed),
            where=str(settings.warehouse_file),
            fix="see docs/OPERATING.md, gate 2; mend the cause and build again; readers keep the last release",
        )
    return checks


@dataclass(frozen=True)
class Result:
    """What dbt says of one node."""

    name: str
    kind: str
    severity: str
    status: str
    message: str


def _last_build(warehouse: duckdb.DuckDBPyConnection) -> list[Result]:
    """Results of the last `dbt build`, whoever ran it; none when none has ended."""
    try:
        rows = warehouse.execute("""
            select node_id, resource_type, severity, status, coalesce(message, '')
            from ops.dbt_results
            where invocation_id = (
                select arg_max(invocation_id, started_at) from ops.dbt_results where command = 'build'
            )
                and resource_type != 'invocation'
            order by node_id
        """).fetchall()
    except duckdb.CatalogException:
        return []
    return [
        Result(node.split(".", 2)[-1], kind, severity, status, message)
        for node, kind, severity, status, message in rows
    ]


def _dbt_checks(results: list[Result], settings: Settings) -> tuple[Check, ...]:
    """From ops.dbt_results: no error, no failed test, nothing skipped or left out in the last build.

    Unit tests that passed are remembered with their project; a build of the same project leaves them out.
    """
    models = [row for row in results if row.kind == "model"]
    broken = [
        row
        for row in results
        if row.status in (*BROKE, *SUFFERED) or (row.status == "fail" and row.severity == "error")
    ]
    unit_tests = [row for row in results if row.kind == "unit_test"]
    if unit_tests and not broken:
        keep_passed(settings)
    warned = [row for row in results if row.status == "warn" or (row.status == "fail" and row.severity == "warn")]
    return (
        Check(
            check_id="dbt_build_whole",
            severity="fail",
            passed=bool(models) and not broken,
            observed=_observed(results, broken),
            expected="every model built and every test passed",
        ),
        Check(
            check_id="unit_tests_passed",
            severity="fail",
            passed=not any(row in broken for row in unit_tests) if unit_tests else have_passed(settings),
            observed=f"{len(unit_tests)} in this build" if unit_tests else "none in this build",
            expected="the unit tests of this very project passed, in this build or an earlier one",
        ),
        Check(
            check_id="dbt_warnings",
            severity="warn",
            passed=not warned,
            observed=_named(warned) if warned else "none",
            expected="no warning",
        ),
    )


def _observed(results: list[Result], broken: list[Result]) -> str:
    if not results:
        return "no build has ended: the last one was stopped, or none was run"
    if broken:
        return _named(broken)
    models = sum(row.kind == "model" for row in results)
    # exposures stand among the results too, with nothing to do
    tests = sum(row.kind in TESTS for row in results)
    return f"{models} models built, {tests} tests passed"


def _named(rows: list[Result]) -> str:
    """The nodes that went wrong themselves, with their messages, and how many only suffered from that."""
    causes = [row for row in rows if row.status not in SUFFERED] or rows
    texts = [f"{row.name} {row.status}{_shortly(row.message)}" for row in causes[:NAMED]]
    rest = len(rows) - len(texts)
    return "; ".join(texts) + (f"; and {rest} more failed or were not reached" if rest else "")


def _shortly(message: str) -> str:
    return f" ({' '.join(message.split())[:MESSAGE_LETTERS]})" if message else ""


def _data_checks(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, batches: list[TypedManifest]
) -> tuple[Check, ...]:
    """From the data: what went in came out."""
    records_in = sum(batch.records_in for batch in batches)
    accounted = sum(batch.records_typed + batch.records_quarantined for batch in batches)
    expected = typed_works(warehouse, settings, batches).current
    loaded = _one_number(warehouse, "select count(*) from marts.fct_works")
    unknown = _loaded_batches(warehouse) ^ {batch.batch_id for batch in batches}
    counted = _one_number(warehouse, "select count(*) from intermediate.int_totals where papers > 0")
    works_in = sum(batch.records_in for batch in batches if batch.entity == "works")
    return (
        Check(
            check_id="something_arrived",
            severity="fail",
            passed=bool(works_in or counted),
            observed=f"{works_in} works, {counted} counts of papers above 0",
            expected="a work or a count of papers; a source that answers 0 to everything is hardly the one meant",
        ),
        Check(
            check_id="records_reconcile",
            severity="fail",
            passed=records_in == accounted,
            observed=f"{accounted} typed or quarantined",
            expected=f"{records_in} records of {len(batches)} batches",
        ),
        Check(
            check_id="works_loaded",
            severity="fail",
            passed=expected == loaded,
            observed=f"{loaded} works in fct_works",
            expected=f"{expected} distinct works typed and not taken back",
        ),
        Check(
            check_id="batches_loaded",
            severity="fail",
            passed=not unknown,
            observed="differing: " + ", ".join(sorted(unknown)) if unknown else f"{len(batches)} batches loaded",
            expected="the batches of the typed zone, no more and no less",
        ),
    )


def _one_number(warehouse: duckdb.DuckDBPyConnection, sql: str) -> int:
    try:
        row = warehouse.execute(sql).fetchone()
    except duckdb.CatalogException:
        return 0
    return int(row[0]) if row else 0


def _loaded_batches(warehouse: duckdb.DuckDBPyConnection) -> set[str]:
    try:
        return {row[0] for row in warehouse.execute("select batch_id from marts.mart_ops_batches").fetchall()}
    except duckdb.CatalogException:
        return set()


def _freshness(batches: list[TypedManifest]) -> Check:
    latest = max(batch.flattened_at for batch in batches)
    return Check(
        check_id="source_fresh",
        severity="warn",
        passed=utc_now() - latest <= timedelta(days=FRESH_DAYS),
        observed=f"latest batch of {latest:%Y-%m-%d %H:%M} UTC",
        expected=f"a batch of the last {FRESH_DAYS} days",
    )


def _schema_drift(batches: list[TypedManifest]) -> Check:
    """News of the source that nobody reads yet; the records keep it in the raw zone."""
    records: Counter[str] = Counter()
    for batch in batches:
        records.update({f"{batch.entity}.{name}": count for name, count in batch.unknown_fields.items()})
    return Check(
        check_id="schema_drift",
        severity="warn",
        passed=not records,
        observed=", ".join(f"{name} in {count}" for name, count in sorted(records.items())) + " records"
        if records
        else "none",
        expected="no field that flatten does not know (include/flatten/source_fields.py)",
    )
