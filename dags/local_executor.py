"""Airflow's LocalExecutor, which also lets go of a task whose worker was killed before it began. Holds no DAG.

The scheduler asks the executor to give up a task that stays queued for too long, and queues it again. Airflow's own
LocalExecutor cannot be asked, so such a task would stay queued for as long as its run may last.
"""

from __future__ import annotations

from airflow.executors import local_executor
from airflow.models.taskinstance import TaskInstance


class LocalExecutor(local_executor.LocalExecutor):
    """One that gives a task up. Should its worker live after all, Airflow's API refuses to begin the task twice."""

    def revoke_task(self, *, ti: TaskInstance) -> None:
        """Forget the task `ti`, which nobody has begun."""
        self.queued_tasks.pop(ti.key, None)
        self.running.discard(ti.key)
