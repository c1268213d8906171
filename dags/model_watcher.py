"""One task a dbt model that watches and never builds. Holds no DAG.

Cosmos' own watcher runs its model itself when the build has failed before it or is retried: dozens of dbt processes,
one after another, without tests, on a file that has one writer. Here only the one `dbt build` writes; a watcher whose
build is gone fails with a sentence, and the next run of the DAG builds everything that is not yet built.
"""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, BaseOperator, Context, TaskGroup
from airflow.sdk.exceptions import AirflowFailException
from cosmos.dbt.graph import DbtNode
from cosmos.operators.watcher import DbtRunWatcherOperator


class ModelWatcher(DbtRunWatcherOperator):
    """Ends like its model in the `dbt build` of this run."""

    def _fallback_to_non_watcher_run(self, try_number: int, context: Context) -> bool:
        raise AirflowFailException(
            f"the dbt build of this run ended before {self.model_unique_id}; see the log of {self.producer_task_id}. "
            "What to do: mend what it names and start a new run of build_warehouse (a cleared task cannot build)"
        )


def model_task(
    *, dag: DAG, task_group: TaskGroup | None, task_args: dict[str, Any], node: DbtNode, task_id: str, **_: Any
) -> BaseOperator:
    """The task of one model: Cosmos calls this for each (RenderConfig.node_converters).

    A model that dbt inlines into others is never built by itself: its task is empty, and the scheduler ends it without
    starting a process.
    """
    place: dict[str, Any] = {"task_id": task_id, "dag": dag, "task_group": task_group}
    # plugins/entangled_pages.py shows dbt's documentation; the address is relative to Airflow's own
    documented = f"[Its documentation](entangled/dbt/index.html#!/model/{node.unique_id})."
    if node.has_ephemeral_materialization:
        inlined = f"The dbt model `{node.name}`, inlined into the models that use it. {documented}"
        return EmptyOperator(**place, doc_md=inlined)
    return ModelWatcher(
        **place,
        doc_md=f"The dbt model `{node.name}`, built by the one `dbt build` of this run. {documented}",
        extra_context={"dbt_node_config": node.context_dict},
        **task_args,
    )
