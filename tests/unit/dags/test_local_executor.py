"""A task whose worker was killed before it began is let go, so that the scheduler can queue it again."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airflow.executors import local_executor
from airflow.executors.base_executor import BaseExecutor
from airflow.models.taskinstancekey import TaskInstanceKey

from dags.local_executor import LocalExecutor
from include.local.airflow import airflow_environment
from include.settings import Settings

KEY = TaskInstanceKey("build_warehouse", "export", "run", 1, -1)


def test_a_task_that_nobody_began_is_forgotten() -> None:
    executor = LocalExecutor(parallelism=2)
    executor.running.add(KEY)
    task: Any = SimpleNamespace(id="0199", key=KEY)
    executor.revoke_task(ti=task)
    assert not executor.has_task(task)
    # asked once more, there is nothing to do
    executor.revoke_task(ti=task)


def test_airflows_own_cannot_do_it_yet() -> None:
    # when it can, ours goes
    assert local_executor.LocalExecutor.revoke_task is BaseExecutor.revoke_task


def test_a_local_airflow_uses_it_and_looks_soon(tmp_path: Path) -> None:
    environment = airflow_environment(Settings.model_validate({"ENTANGLED_HOME": tmp_path}), {})
    assert environment["AIRFLOW__CORE__EXECUTOR"] == f"{LocalExecutor.__module__}.{LocalExecutor.__name__}"
    assert float(environment["AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT"]) <= 180
