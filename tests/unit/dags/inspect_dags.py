"""Load the DAGs as Airflow's processor does and print what they are, as JSON.

A program of its own (see test_structure.py): Airflow reads its configuration when it is imported, and a fresh process
shows which modules parsing really imports.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import airflow.sdk
import cosmos  # noqa: F401  (loaded before parsing, so that only what the DAG files add is counted)
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.definitions._internal.dag_parsing_context import _airflow_parsing_context_manager

GROUP = "transform"
# a task that watches a model
WATCHER = "transform.bi_work_run"


def _name(task_id: str) -> str:
    """A task's name; those of the dbt group count as the group."""
    return GROUP if task_id.startswith(f"{GROUP}.") else task_id


def _task(task: Any) -> dict[str, Any]:
    return {
        "owner": task.owner,
        "doc": bool(task.doc_md),
        "pool": task.pool,
        "retries": task.retries,
        "policy": type(task.retry_policy).__name__,
        "trigger_rule": str(task.trigger_rule.value),
        "mapped": task.is_mapped,
        "label": getattr(task, "map_index_template", None),
        "outlets": [outlet.name for outlet in task.outlets or ()],
        "kind": task.task_type,
        "timeout": task.execution_timeout and task.execution_timeout.total_seconds(),
        "tells": [type(callback).__name__ for callback in task.on_failure_callback or ()],
    }


def _edges(dag: Any) -> dict[str, list[str]]:
    edges: dict[str, set[str]] = {_name(task.task_id): set() for task in dag.tasks}
    for task in dag.tasks:
        edges[_name(task.task_id)] |= {_name(down) for down in task.downstream_task_ids} - {_name(task.task_id)}
    return {name: sorted(downs) for name, downs in edges.items()}


def _dag(dag: Any) -> dict[str, Any]:
    return {
        "edges": _edges(dag),
        "tasks": {task.task_id: _task(task) for task in dag.tasks},
        "tags": sorted(dag.tags),
        "doc": dag.doc_md or "",
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "timetable": type(dag.timetable).__name__,
        "params": sorted(dag.params),
        "file": Path(dag.fileloc).name,
        "timeout": dag.dagrun_timeout and dag.dagrun_timeout.total_seconds(),
        "notes": [type(each).__name__ for each in (*dag.on_success_callback, *dag.on_failure_callback)],
        "paused": dag.is_paused_upon_creation,
        "cron": getattr(dag.timetable, "expression", None),
    }


def _beside_a_watcher(folder: Path) -> list[str]:
    """The tasks of the dbt group that a process has which starts WATCHER."""
    with _airflow_parsing_context_manager(dag_id="build_warehouse", task_id=WATCHER):
        bag = DagBag(dag_folder=str(folder / "build_warehouse.py"))
    return sorted(one for one in bag.dags["build_warehouse"].task_ids if one.startswith(f"{GROUP}."))


def main() -> None:
    """Print DAGs, import errors, the top-level modules that parsing added, and what a process of a watcher parses."""
    before = set(sys.modules)
    bag = DagBag(dag_folder=sys.argv[1])
    found = {
        "dags": {dag_id: _dag(dag) for dag_id, dag in bag.dags.items()},
        "errors": {str(file): text for file, text in bag.import_errors.items()},
        "added": sorted({name.partition(".")[0] for name in set(sys.modules) - before}),
        "sdk": airflow.sdk.__version__,
        "beside_a_watcher": _beside_a_watcher(Path(sys.argv[1])),
    }
    Path(sys.argv[2]).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
