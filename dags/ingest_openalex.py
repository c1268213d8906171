"""The flow from the source to typed batches: scope, windows, extract, flatten, and what works refer to.

Wiring only: every task calls one stage, which does what is not yet done, so that any task can be run again. Stages are
imported inside tasks, because this file is parsed every half minute.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypedDict

from airflow.sdk import Param, TriggerRule, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from dags.figures import say
from dags.shared import ASKS_SOURCE, DEFAULT_ARGS, NOTED, OPENALEX_BATCHES, at, until_the_budget_ends
from dags.steps import flatten_new, resolve_scope, sync_references, sync_totals

log = logging.getLogger("entangled")


class Bundle(TypedDict):
    """The windows that one extract task sweeps, those of one year, and what the plan expects of them."""

    title: str
    window_ids: list[str]
    expected: int
    credits: int


class Swept(TypedDict):
    """What one extract task did: windows swept, records received and stored, credits spent."""

    windows: int
    received: int
    stored: int
    credits: int


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
        bundle = bundles.setdefault(title, Bundle(title=title, window_ids=[], expected=0, credits=0))
        bundle["window_ids"].append(planned.window.window_id)
        bundle["expected"] += planned.to_read
        bundle["credits"] += planned.requests
    return list(bundles.values())


def expectation(bundle: Bundle) -> str:
    """The name of an extract task before it has run: `2019: 2 windows, 5,012 works to read`."""
    return f"{_windows(bundle['title'], len(bundle['window_ids']))}, {bundle['expected']:,} works to read"


def outcome(bundle: Bundle, swept: Swept) -> str:
    """Its name afterwards: `2019: 2 windows, 5,012 received, 31 new or changed, 52 credits`."""
    return (
        f"{_windows(bundle['title'], swept['windows'])}, {swept['received']:,} received, "
        f"{swept['stored']:,} new or changed, {swept['credits']:,} credits"
    )


def _windows(title: str, count: int) -> str:
    return f"{title}: {count} {'window' if count == 1 else 'windows'}"


def add_up(done: Iterable[Any]) -> Swept:
    """The sum over sweeps."""
    swept = Swept(windows=0, received=0, stored=0, credits=0)
    for one in done:
        swept["windows"] += 1
        swept["received"] += one.received
        swept["stored"] += one.stored
        swept["credits"] += one.credits
    return swept


def dates_asked_for(params: Mapping[str, Any]) -> tuple[date, date] | None:
    """The publication dates that a run was asked to sweep again; None for a run that decides by age."""
    first, last = params["published_from"], params["published_to"]
    if not first and not last:
        return None
    return date.fromisoformat(first or "0001-01-01"), date.fromisoformat(last or "9999-12-31")


@dag(
    # include/contracts/health.py counts days from then on
    schedule=at("0 4 * * *"),
    is_paused_upon_creation=False,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    **NOTED,
    tags=["entangled", "ingest", "openalex"],
    description="OpenAlex to typed batches, in increments",
    doc_md=__doc__,
    params={
        "full_sweep": Param(
            False, type="boolean", description="Ask for every window again, whatever its age (costs budget)."
        ),
        "published_from": Param(
            None,
            type=["null", "string"],
            format="date",
            description="Sweep the windows with works published from this day on, whatever their age, and no others.",
        ),
        "published_to": Param(
            None, type=["null", "string"], format="date", description="The same, up to and including this day."
        ),
    },
)
def ingest_openalex() -> None:
    """Wire the flow."""

    @task(
        doc_md="Cut the scope into windows, ask the source how many records each holds (or what was updated in it), "
        "choose those that are due and fit into the day's credits, and bundle them by year; for the strategy snapshot, "
        "bundle its parts. The log shows the strategy and the whole plan.",
        **ASKS_SOURCE,
    )
    def plan() -> list[Bundle]:
        from include import openalex
        from include.settings import get_settings

        params = get_current_context()["params"]
        made = until_the_budget_ends(
            lambda: openalex.plan(get_settings(), full=params["full_sweep"], published=dates_asked_for(params))
        )
        log.info("the plan:\n%s", made.table())
        say(made.summary())
        return by_year(made.due)

    @task(
        doc_md="Sweep the windows of one year into raw batches; gate 1 decides on each before its manifest is written. "
        "The name of each says what is expected of it, and afterwards what came.",
        **ASKS_SOURCE,
        map_index_template="{{ bundle_title }}",
    )
    def extract(bundle: Bundle) -> Swept:
        from include import openalex
        from include.settings import get_settings

        context, settings = get_current_context(), get_settings()
        context["bundle_title"] = expectation(bundle)
        done: list[openalex.ExtractSummary] = []
        try:
            for window_id in bundle["window_ids"]:
                done.append(until_the_budget_ends(lambda window_id=window_id: openalex.extract(settings, window_id)))
        finally:
            # also of a task that ends before its last window
            context["bundle_title"] = outcome(bundle, add_up(done))
        say(outcome(bundle, add_up(done)))
        return add_up(done)

    @task(
        doc_md="Check by id the works that sweeps missed; those that are gone get tombstones. With none, nothing. A "
        "snapshot also lists such works itself.",
        **ASKS_SOURCE,
        trigger_rule=TriggerRule.NONE_FAILED,
    )
    def vanished() -> int:
        from include import openalex
        from include.settings import get_settings

        if get_settings().strategy == "snapshot":
            openalex.finish_snapshot(get_settings())
        found = until_the_budget_ends(lambda: openalex.sync_vanished(get_settings()))
        say(found.line() if found is not None else "no work was missing")
        return found.gone if found is not None else 0

    @task(
        doc_md="Tell the warehouse that batches wait. Skipped, without an event, when none does or part was postponed.",
        outlets=[OPENALEX_BATCHES],
        trigger_rule=TriggerRule.NONE_FAILED,
    )
    def announce(
        bundles: list[Bundle] | None,
        extracted: Sequence[Swept] | None,
        have_totals: bool | None,
        have_references: bool | None,
        *,
        outlet_events: Any = None,
    ) -> int:
        from include import openalex
        from include.contracts.health import note_source
        from include.pipeline.waiting import waiting
        from include.settings import get_settings

        swept = list(extracted or ())
        if bundles is None or len(swept) < len(bundles) or not (have_totals and have_references):
            raise AirflowSkipException("the day's budget ended before all was fetched; nothing is announced today")
        missing = openalex.unswept_windows(get_settings())
        if missing:
            raise AirflowSkipException(f"{len(missing)} windows were never swept; nothing is announced before they are")
        batches = waiting(get_settings())
        if dates_asked_for(get_current_context()["params"]) is None:
            # a run for some publication dates asks for no others
            note_source(get_settings().home, f"{len(batches)} batches wait" if batches else "nothing new")
        if not batches:
            raise AirflowSkipException("nothing new")
        outlet_events[OPENALEX_BATCHES].extra = {
            "batches": len(batches),
            "windows": sum(one["windows"] for one in swept),
            "records_received": sum(one["received"] for one in swept),
            "records_stored": sum(one["stored"] for one in swept),
            "credits": sum(one["credits"] for one in swept),
        }
        say(f"{len(batches):,} batches wait for the next release")
        return len(batches)

    resolved = resolve_scope()
    bundles = plan()
    extracted = extract.expand(bundle=bundles)
    have_totals = sync_totals()
    have_references = sync_references()
    flat = flatten_new()

    resolved >> bundles
    # after the works, so that a denominator is never older than what it divides; beside flatten, to lose no time
    extracted >> have_totals
    # after all works: most of those that one window missed came with another
    extracted >> vanished() >> flat
    flat >> have_references
    (
        [have_references, have_totals]
        >> flatten_new.override(task_id="flatten_references")()
        >> announce(bundles, extracted, have_totals, have_references)
    )


ingest_openalex()
