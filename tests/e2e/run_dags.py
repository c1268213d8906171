"""Run DAGs in this process with `dag.test()` and print what became of each task, as JSON. See test_dag_runs.py."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag


def _run(dag: Any, params: list[str]) -> dict[str, Any]:
    # dag.test() runs one task at a time: a task that watches the build has to let go of its turn until it has begun
    for task in dag.tasks:
        if task.task_type == "ModelWatcher":
            task.mode = "reschedule"
    run = dag.test(run_conf=dict.fromkeys(params, True))
    tasks = {
        f"{task.task_id}[{task.map_index}]" if task.map_index >= 0 else task.task_id: str(task.state)
        for task in run.get_task_instances()
    }
    return {"state": str(run.state), "tasks": tasks}


def main() -> None:
    """`run_dags.py <dags folder> <output file> <dag id>[+<parameter>] ...`: run the DAGs in that order."""
    folder, out, *asked = sys.argv[1:]
    bag = DagBag(dag_folder=folder)
    assert not bag.import_errors, bag.import_errors
    asked_for = [each.split("+") for each in asked]
    Path(out).write_text(json.dumps([_run(bag.dags[dag_id], params) for dag_id, *params in asked_for]))


if __name__ == "__main__":
    main()
