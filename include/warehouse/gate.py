"""Gate 2: was the last build whole and right? Judged by dbt's own results, kept in the warehouse, and by the data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import duckdb
import yaml

from include.common.clock import utc_now
from include.common.duck import shortage
from include.common.errors import GateFailed
from include.common.files import full_disk
from include.contracts.acceptance import Subject, clear_refusal, judged, refuse
from include.contracts.batch import Check
from include.contracts.typed import TypedManifest
from include.settings import Settings
from include.warehouse.state import alone, open_warehouse, require_input
from include.warehouse.unit_tests import have_passed, keep_passed
from include.warehouse.works import typed_works

# what the gate judges when no build has ended
NO_BUILD = "none"
# so many failing nodes are named in one message
NAMED = 10
# of a node's message, which may hold all of a model
MESSAGE_LETTERS = 300
BROKE = ("error", "runtime error", "partial success")
TESTS = ("test", "unit_test")
SUFFERED = ("skipped", "not run")
# how ops.dbt_results marks tests with `meta: {judgement: true}` (macros/engines/results.sql). dbt only warns of
# them, so that it builds on; the gate refuses until a person accepts what they found
JUDGEMENT = "judgement"


def check_build(settings: Settings) -> tuple[Check, ...]:
    """Judge the last `dbt build`, whoever ran it.

    Raises:
        GateFailed: a check of severity `fail` did not pass, and nobody accepted it; the message lists them.
        WarehouseBroken, BusyError: the warehouse file cannot be read now.
    """
    with alone(settings):
        return judge_build(settings)


def judge_build(settings: Settings) -> tuple[Check, ...]:
    """`check_build`, for who has the warehouse alone already."""
    batches = require_input(settings)
    with open_warehouse(settings) as warehouse:
        invocation_id, results = _last_build(warehouse)
        subject = Subject(settings.home, "gate_2", invocation_id)
        checks = judged(
            subject,
            (
                *_dbt_checks(results, settings),
                *_data_checks(warehouse, settings, batches),
                _freshness(settings, batches),
                _schema_drift(batches),
            ),
        )
    failed = [check for check in checks if check.blocks]
    lacking = next(filter(None, (shortage(row.message, settings.home) for row in results)), None)
    if lacking is None and not results:
        # a build that could not even write its results
        lacking = full_disk(settings.home)
    if failed and lacking is not None:
        raise GateFailed(f"gate 2 failed, because {lacking.what}", where=lacking.where, fix=lacking.fix)
    if failed:
        raise refuse(
            subject,
            checks,
            what=f"gate 2 failed, build {invocation_id}",
            where=str(settings.warehouse_file),
            fix="see docs/operating/messages.md, gate 2; mend the cause and build again; readers keep the last release",
        )
    clear_refusal(subject)
    return checks


@dataclass(frozen=True)
class Result:
    """What dbt says of one node."""

    name: str
    kind: str
    severity: str
    status: str
    message: str


def _last_build(warehouse: duckdb.DuckDBPyConnection) -> tuple[str, list[Result]]:
    """Id and results of the last `dbt build`, whoever ran it; no results when none has ended."""
    try:
        ((invocation_id,),) = warehouse.execute(
            "select arg_max(invocation_id, started_at) from ops.dbt_results where command = 'build'"
        ).fetchall()
        rows = warehouse.execute(
            """
            select node_id, resource_type, severity, status, coalesce(message, '')
            from ops.dbt_results
            where invocation_id = ? and resource_type != 'invocation'
            order by node_id
            """,
            [invocation_id],
        ).fetchall()
    except duckdb.CatalogException:
        return NO_BUILD, []
    return invocation_id or NO_BUILD, [
        Result(node.split(".", 2)[-1], kind, severity, status, message)
        for node, kind, severity, status, message in rows
    ]


def _dbt_checks(results: list[Result], settings: Settings) -> tuple[Check, ...]:
    """From ops.dbt_results: no error, no failed test, nothing skipped or left out in the last build; and a check for
    each test that is a judgement.

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
    found = [row for row in results if row.status in ("warn", "fail") and row not in broken]
    warned = [row for row in found if row.severity != JUDGEMENT]
    return (
        Check.made(
            "dbt_build_whole",
            passed=bool(models) and not broken,
            observed=_observed(results, broken),
            expected="every model built and every test passed",
        ),
        Check.made(
            "unit_tests_passed",
            passed=not any(row in broken for row in unit_tests) if unit_tests else have_passed(settings),
            observed=f"{len(unit_tests)} in this build" if unit_tests else "none in this build",
            expected="the unit tests of this very project passed, in this build or an earlier one",
        ),
        Check.made(
            "dbt_warnings",
            severity="warn",
            kind="judgement",
            passed=not warned,
            observed=_named(warned) if warned else "none",
            expected="no warning",
        ),
        *(
            _judgement(row, passed=row not in found)
            for row in results
            if row.severity == JUDGEMENT and row not in broken
        ),
    )


def _judgement(row: Result, *, passed: bool) -> Check:
    return Check.made(
        # without the digest that dbt puts behind the name
        row.name.split(".")[0],
        kind="judgement",
        passed=passed,
        observed=row.status if passed else _named([row]),
        expected="no row that the test finds, or a person who accepts them",
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
        Check.made(
            "something_arrived",
            # a scope may be new to the source
            kind="judgement",
            passed=bool(works_in or counted),
            observed=f"{works_in} works, {counted} counts of papers above 0",
            expected="a work or a count of papers; a source that answers 0 to everything is hardly the one meant",
        ),
        Check.made(
            "records_reconcile",
            passed=records_in == accounted,
            observed=f"{accounted} typed or quarantined",
            expected=f"{records_in} records of {len(batches)} batches",
        ),
        Check.made(
            "works_loaded",
            passed=expected == loaded,
            observed=f"{loaded} works in fct_works",
            expected=f"{expected} distinct works typed and not taken back",
        ),
        Check.made(
            "batches_loaded",
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


def _freshness(settings: Settings, batches: list[TypedManifest]) -> Check:
    # older batches than this are worth a look: a schedule may have stopped
    days = _fresh_days(settings)
    latest = max(batch.flattened_at for batch in batches)
    return Check.made(
        "source_fresh",
        severity="warn",
        kind="judgement",
        passed=utc_now() - latest <= timedelta(days=days),
        observed=f"latest batch of {latest:%Y-%m-%d %H:%M} UTC",
        expected=f"a batch of the last {days} days",
    )


def _fresh_days(settings: Settings) -> int:
    """What `dbt source freshness` warns by, too: the threshold stands with the source alone."""
    file = settings.dbt_project / "models" / "staging" / "manifests" / "_manifests.yml"
    (manifests,) = yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]
    (limit,) = [table["config"]["freshness"] for table in manifests["tables"] if table["name"] == "typed_batches"]
    return int(limit["warn_after"]["count"])


def _schema_drift(batches: list[TypedManifest]) -> Check:
    """News of the source that nobody reads yet; the records keep it in the raw zone."""
    records: Counter[str] = Counter()
    for batch in batches:
        records.update({f"{batch.entity}.{name}": count for name, count in batch.unknown_fields.items()})
    return Check.made(
        "schema_drift",
        severity="warn",
        kind="judgement",
        passed=not records,
        observed=", ".join(f"{name} in {count}" for name, count in sorted(records.items())) + " records"
        if records
        else "none",
        expected="no field that flatten does not know (include/flatten/source_fields.py)",
    )
