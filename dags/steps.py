"""The tasks that both ways from the source share, whatever brought the works. Holds no DAG."""

from __future__ import annotations

from airflow.sdk import TriggerRule, task

from dags.figures import flattened, say, swept
from dags.shared import ASKS_SOURCE, tell_lineage, until_the_budget_ends


@task(
    doc_md="Read and check the scope file, expand its groups and topics, and write `scope.json` for later stages.",
    task_id="scope",
)
def resolve_scope() -> str:
    """The scope, for the stages after it."""
    from include import openalex
    from include.settings import get_settings

    scope = openalex.resolve_scope(get_settings())
    say(f"{scope.title}, {len(scope.topics)} topics, fetch version {scope.fetch_version}")
    return str(scope.fetch_version)


@task(
    doc_md="Turn every raw batch that is not yet flat into typed tables; what cannot be read goes to quarantine.",
    task_id="flatten",
    trigger_rule=TriggerRule.NONE_FAILED,
)
def flatten_new() -> int:
    """Raw batches to typed ones."""
    from include import flatten
    from include.settings import get_settings

    made = flatten.flatten_new(get_settings())
    say(flattened(made))
    tell_lineage()
    return len(made)


@task(
    doc_md="Ask for the denominators (all papers of a country, group and year); keep them if they changed.",
    task_id="totals",
    trigger_rule=TriggerRule.NONE_FAILED,
    **ASKS_SOURCE,
)
def sync_totals() -> bool:
    """Counts that shares are taken of."""
    from include import openalex
    from include.settings import get_settings

    say(swept(until_the_budget_ends(lambda: openalex.sync_totals(get_settings()))))
    return True


@task(
    doc_md="Fetch the funders, institutions and topics that typed works refer to and that are missing or stale.",
    task_id="references",
    trigger_rule=TriggerRule.NONE_FAILED,
    **ASKS_SOURCE,
)
def sync_references() -> bool:
    """What works refer to."""
    from include import openalex
    from include.settings import get_settings

    say(swept(until_the_budget_ends(lambda: openalex.sync_references(get_settings()))))
    return True
