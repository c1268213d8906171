"""The flow from the source to typed batches: scope, windows, extract, flatten, and what works refer to.

Wiring only: every task calls one stage, which does what is not yet done, so that any task can be run again. Stages are
imported inside tasks, because this file is parsed every half minute.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypedDict, TypeVar

from airflow.sdk import CronTriggerTimetable, Param, TriggerRule, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from dags.shared import DEFAULT_ARGS, OPENALEX_BATCHES, OPENALEX_POOL, RETRY_SOURCE

log = logging.getLogger("entangled")

T = TypeVar("T")


class Bundle(TypedDict):
    """The windows that one extract task sweeps: those of one year."""

    title: str
    window_ids: list[str]
    expected: int


def by_year(windows: Iterable[Any]) -> list[Bundle]:
    """Bundle planned windows by the year they start in.

    A scheduled task costs about a second whatever it does, and a scope of ten years has a window for each topic chunk
    and quarter: one task a year keeps the grid readable and the overhead small, and a retry repeats one window only,
    because finished ones are not swept again.
    """
    bundles: dict[str, Bundle] = {}
    for planned in windows:
        start = planned.window.date_from
        title = str(start.year) if start else planned.window.title
        bundle = bundles.setdefault(title, Bundle(title=title, window_ids=[], expected=0))
        bundle["window_ids"].append(planned.window.window_id)
        bundle["expected"] += planned.expected
    return list(bundles.values())


def until_the_budget_ends(work: Callable[[], T]) -> T:
    """Do `work`; when the day's budget is used up, end the task as skipped: what is fetched stays, the rest waits."""
    from include.openalex.errors import BudgetExhausted

    try:
        return work()
    except BudgetExhausted as error:
        log.warning("postponed to the next run: %s", error)
        raise AirflowSkipException(f"the day's budget is used up; the next run goes on here. {error}") from error


@dag(
    schedule=CronTriggerTimetable("0 4 * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["entangled", "ingest", "openalex"],
    description="OpenAlex to typed batches, in increments",
    doc_md=__doc__,
    params={
        "full_sweep": Param(
            False, type="boolean", description="Ask for every window again, whatever its age (costs budget)."
        )
    },
)
def ingest_openalex() -> None:
    """Wire the flow."""

    @task(
        doc_md="Read and check the scope file, expand its groups and topics, and write `scope.json` for later stages."
    )
    def scope() -> str:
        from include import openalex
        from include.settings import get_settings

        return str(openalex.resolve_scope(get_settings()).scope_version)

    @task(
        doc_md="Cut the scope into windows and ask the source how many records each holds; bundle those due by year.",
        pool=OPENALEX_POOL,
        retry_policy=RETRY_SOURCE,
    )
    def plan() -> list[Bundle]:
        from include import openalex
        from include.settings import get_settings

        full = bool(get_current_context()["params"]["full_sweep"])
        planned = until_the_budget_ends(lambda: openalex.plan(get_settings(), full=full))
        due = [window for window in planned if window.action == "sweep"]
        log.info("%d of %d windows are due", len(due), len(planned))
        return by_year(due)

    @task(
        doc_md="Sweep the windows of one year into raw batches; gate 1 decides on each before its manifest is written.",
        pool=OPENALEX_POOL,
        retries=3,
        retry_policy=RETRY_SOURCE,
        map_index_template="{{ bundle_title }}",
    )
    def extract(bundle: Bundle) -> dict[str, int]:
        from include import openalex
        from include.settings import get_settings

        get_current_context()["bundle_title"] = f"{bundle['title']} ({bundle['expected']:,} works)"
        settings = get_settings()
        done = [
            until_the_budget_ends(lambda window_id=window_id: openalex.extract(settings, window_id))
            for window_id in bundle["window_ids"]
        ]
        return {
            "windows": len(done),
            "received": sum(one.received for one in done),
            "stored": sum(one.stored for one in done),
        }

    @task(
        doc_md="Ask for the denominators (all papers of a country, group and year); keep them if they changed.",
        pool=OPENALEX_POOL,
        retry_policy=RETRY_SOURCE,
        trigger_rule=TriggerRule.NONE_FAILED,
    )
    def totals() -> bool:
        from include import openalex
        from include.settings import get_settings

        until_the_budget_ends(lambda: openalex.sync_totals(get_settings()))
        return True

    @task(
        doc_md="Turn every raw batch that is not yet flat into typed tables; what cannot be read goes to quarantine.",
        trigger_rule=TriggerRule.NONE_FAILED,
    )
    def flatten() -> int:
        from include import flatten as stage
        from include.settings import get_settings

        return len(stage.flatten_new(get_settings()))

    @task(
        doc_md="Fetch the funders, institutions and topics that typed works refer to and that are missing or stale.",
        pool=OPENALEX_POOL,
        retry_policy=RETRY_SOURCE,
        trigger_rule=TriggerRule.NONE_FAILED,
    )
    def references() -> bool:
        from include import openalex
        from include.settings import get_settings

        until_the_budget_ends(lambda: openalex.sync_references(get_settings()))
        return True

    @task(
        doc_md="Tell the warehouse that batches wait. Skipped, without an event, when none does or part was postponed.",
        outlets=[OPENALEX_BATCHES],
        trigger_rule=TriggerRule.NONE_FAILED,
    )
    def announce(
        bundles: list[Bundle] | None,
        extracted: Sequence[dict[str, int]] | None,
        have_totals: bool | None,
        have_references: bool | None,
        *,
        outlet_events: Any = None,
    ) -> int:
        from include.pipeline.waiting import waiting
        from include.settings import get_settings

        swept = list(extracted or ())
        if bundles is None or len(swept) < len(bundles) or not (have_totals and have_references):
            raise AirflowSkipException("the day's budget ended before the scope was whole; nothing is announced today")
        batches = waiting(get_settings())
        if not batches:
            raise AirflowSkipException("nothing new")
        outlet_events[OPENALEX_BATCHES].extra = {
            "batches": len(batches),
            "records_received": sum(one["received"] for one in swept),
            "records_stored": sum(one["stored"] for one in swept),
        }
        return len(batches)

    resolved = scope()
    bundles = plan()
    extracted = extract.expand(bundle=bundles)
    have_totals = totals()
    have_references = references()
    flat = flatten()

    resolved >> bundles
    # after the works, so that a denominator is never older than what it divides; beside flatten, to lose no time
    extracted >> [have_totals, flat]
    flat >> have_references
    (
        [have_references, have_totals]
        >> flatten.override(task_id="flatten_references")()
        >> announce(bundles, extracted, have_totals, have_references)
    )


ingest_openalex()
