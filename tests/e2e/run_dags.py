"""Run DAGs in this process with `dag.test()` and print what became of each task, as JSON. See test_dag_runs.py."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.models.asset import AssetEvent
from airflow.utils.session import create_session
from sqlalchemy import select


def _run(dag: Any, params: dict[str, Any], day: str) -> dict[str, Any]:
    # dag.test() runs one task at a time: a task that watches the build has to let go of its turn until it has begun
    for task in dag.tasks:
        if task.task_type == "ModelWatcher":
            task.mode = "reschedule"
    # a run of a day starts no other DAG: nobody is there to run it
    dated = {"logical_date": datetime.fromisoformat(day), "mark_success_pattern": "ingest"} if day else {}
    run = dag.test(run_conf=params, **dated)
    found = {
        f"{task.task_id}[{task.map_index}]" if task.map_index >= 0 else task.task_id: task
        for task in run.get_task_instances()
    }
    with create_session() as session:
        events = session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == run.run_id))
        extras = [event.extra for event in events if event.source_dag_id == dag.dag_id]
    return {
        "state": str(run.state),
        "tasks": {name: str(task.state) for name, task in found.items()},
        "labels": {name: task.rendered_map_index for name, task in found.items() if task.map_index >= 0},
        "events": extras,
        "dates": found["dates"].xcom_pull(task_ids="dates") if "dates" in found else None,
    }


def _asked(text: str) -> tuple[str, dict[str, Any], str]:
    """`dag_id@2019-01-01+name+other=value` as DAG, parameters and day."""
    name, *params = text.split("+")
    dag_id, _, day = name.partition("@")
    pairs = [param.partition("=") for param in params]
    return dag_id, {key: value if sign else True for key, sign, value in pairs}, f"{day}T00:00+00:00" if day else ""


def main() -> None:
    """`run_dags.py <dags folder> <output file> <dag id>[@<day>][+<parameter>[=<value>]] ...`: run them in order."""
    folder, out, *asked = sys.argv[1:]
    bag = DagBag(dag_folder=folder)
    assert not bag.import_errors, bag.import_errors
    asked_for = [_asked(each) for each in asked]
    Path(out).write_text(json.dumps([_run(bag.dags[dag_id], params, day) for dag_id, params, day in asked_for]))


if __name__ == "__main__":
    main()
