"""The bulk way from the source to typed batches: what is new in OpenAlex's snapshot, started by hand.

`ENTANGLED_SNAPSHOT` says where the snapshot lies. Wiring only: every task calls one stage, which does what is not yet
done, so that a load that was killed goes on in the part where it was. Totals and references come from the API.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, TypedDict

from airflow.sdk import Param, TriggerRule, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from dags.figures import say
from dags.shared import ASKS_SOURCE, DEFAULT_ARGS, NOTED, OPENALEX_BATCHES
from dags.steps import flatten_new, resolve_scope, sync_references, sync_totals

log = logging.getLogger("entangled")


class Part(TypedDict):
    """What one load task reads: a bundle of the snapshot's files that becomes one batch."""

    window_id: str
    title: str


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=1,
    # a bundle of the whole snapshot takes hours, and there are twenty or so
    default_args={**DEFAULT_ARGS, "execution_timeout": timedelta(days=1)},
    **{**NOTED, "dagrun_timeout": timedelta(days=7)},
    tags=["entangled", "ingest", "openalex", "snapshot"],
    description="OpenAlex's snapshot to typed batches, started by hand",
    doc_md=__doc__,
    params={
        "only_plan": Param(False, type="boolean", description="Show in the log what would be loaded, and load nothing.")
    },
)
def load_snapshot() -> None:
    """Wire the flow."""

    @task(
        doc_md="Read the snapshot's manifest and bundle the parts that are newer than the last load: 20 bundles or so, "
        "however large it is. The log shows the whole plan.",
        **ASKS_SOURCE,
    )
    def plan() -> list[Part]:
        from include import openalex
        from include.settings import get_settings

        made = openalex.plan_snapshot(get_settings())
        log.info("the plan:\n%s", made.table())
        say(made.summary())
        if get_current_context()["params"]["only_plan"]:
            raise AirflowSkipException("only the plan was asked for")
        return [Part(window_id=bundle.window.window_id, title=bundle.window.title) for bundle in made.due]

    @task(
        doc_md="Load one bundle into a raw batch: every part is held against the manifest, records of the scope are "
        "taken, gate 1 decides.",
        **ASKS_SOURCE,
        map_index_template="{{ bundle_title }}",
    )
    def load(bundle: Part) -> int:
        from include import openalex
        from include.settings import get_settings

        context = get_current_context()
        context["bundle_title"] = bundle["title"]
        loaded = openalex.load_snapshot_bundle(get_settings(), bundle["window_id"])
        context["bundle_title"] = loaded.line()
        say(loaded.line())
        return int(loaded.stored)

    @task(
        doc_md="Read the manifest again, write tombstones for works that the snapshot lists as gone, and remember that "
        "it is in.",
        **ASKS_SOURCE,
        trigger_rule=TriggerRule.NONE_FAILED,
    )
    def finish(parts: list[Part] | None) -> int:
        from include import openalex
        from include.settings import get_settings

        if parts is None:
            raise AirflowSkipException("only the plan was asked for")
        tombstones = int(openalex.finish_snapshot(get_settings()).tombstones)
        say(f"the snapshot is in; {tombstones:,} works that it lists as gone have tombstones")
        return tombstones

    @task(
        doc_md="Tell the warehouse that batches wait. Skipped, without an event, when none does.",
        outlets=[OPENALEX_BATCHES],
    )
    def announce(*, outlet_events: Any = None) -> int:
        from include.contracts.health import note_source
        from include.pipeline.waiting import waiting
        from include.settings import get_settings

        batches = waiting(get_settings())
        note_source(get_settings().home, f"{len(batches)} batches wait" if batches else "nothing new")
        if not batches:
            raise AirflowSkipException("nothing new")
        outlet_events[OPENALEX_BATCHES].extra = {"batches": len(batches)}
        say(f"{len(batches):,} batches wait for the next release")
        return len(batches)

    parts = plan()
    loaded = load.expand(bundle=parts)
    # a plan alone is no load: what follows is skipped with it
    flatten, totals, references = (
        step.override(trigger_rule=TriggerRule.ALL_SUCCESS) for step in (flatten_new, sync_totals, sync_references)
    )
    have_references, have_totals = references(), totals()
    finished = finish(parts)

    resolve_scope() >> parts
    loaded >> finished >> [have_totals, flat := flatten()]
    flat >> have_references
    (
        [have_references, have_totals]
        >> flatten_new.override(task_id="flatten_references", trigger_rule=TriggerRule.ALL_SUCCESS)()
        >> announce()
    )


load_snapshot()
