"""The notes of tasks in Airflow's grid: figures of those that went well, and of those that failed what and what to do.

A task cannot write its own note (Airflow 3.3: the API that tasks have has no call for it). The scheduler can: it calls
this listener when a run has ended. The notes become part of the transaction that ends the run: one of its own would
wait for that, on SQLite for ever, and the scheduler allows no savepoint in it. So nothing is written here that a
database could refuse.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun
    from sqlalchemy.orm import Session

log = logging.getLogger("entangled")

# letters that Airflow keeps of a note
LONGEST = 1000


class NoteWriter:
    """Called by the scheduler when a run has ended."""

    @hookimpl
    def on_dag_run_success(self, dag_run: DagRun, msg: str) -> None:
        """Every task went well."""
        _try_to_write(dag_run)

    @hookimpl
    def on_dag_run_failed(self, dag_run: DagRun, msg: str) -> None:
        """Some did not."""
        _try_to_write(dag_run)


def _try_to_write(dag_run: DagRun) -> None:
    from sqlalchemy.orm import object_session

    session = object_session(dag_run)
    if session is None:
        return
    try:
        write_notes(session, dag_run.dag_id, dag_run.run_id)
    except Exception:
        log.exception("the notes of run %s of %s cannot be written", dag_run.run_id, dag_run.dag_id)


def write_notes(session: Session, dag_id: str, run_id: str) -> None:
    """Write the notes of a run's tasks. One that a person wrote stays."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.xcom import XComModel
    from sqlalchemy import select

    from dags.figures import FIGURES

    failed = _failed(dag_id, run_id)
    handed_over = session.scalars(XComModel.get_many(run_id=run_id, key=FIGURES, dag_ids=dag_id))
    told: dict[tuple[str, int], Any] = {
        (one.task_id, one.map_index): XComModel.deserialize_value(one) for one in handed_over
    }
    of_run = select(TaskInstance).where(TaskInstance.dag_id == dag_id, TaskInstance.run_id == run_id)
    for task in session.scalars(of_run):
        text = failed.get(task.task_id) if task.state == "failed" else told.get((task.task_id, task.map_index))
        by_person = task.task_instance_note is not None and task.task_instance_note.user_id is not None
        if text and not by_person:
            # PostgreSQL takes no NUL in a text
            task.note = str(text).replace("\0", " ")[:LONGEST]


def _failed(dag_id: str, run_id: str) -> dict[str, str]:
    """What the failed tasks of a run have noted (dags/shared.py)."""
    from include.contracts.health import failures_in
    from include.settings import get_settings

    return {
        failure.task: "\n".join(filter(None, [failure.what, failure.fix and f"What to do: {failure.fix}"]))
        for failure in failures_in(get_settings().home, dag_id)
        if failure.run_id == run_id
    }


class EntangledNotes(AirflowPlugin):
    """The listener."""

    name = "entangled_notes"
    listeners: ClassVar[list[Any]] = [NoteWriter()]
