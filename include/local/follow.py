"""Follow a run of a DAG in the terminal: a line whenever something changed, good for people and for CI logs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from include.common.errors import EntangledError
from include.common.progress import format_duration
from include.local.airflow import Airflow
from include.local.processes import Services
from include.settings import Settings

POLL_SECONDS = 0.7
# a step's records, rate and ETA are told at most this often
TELL_SECONDS = 3.0
# the task group whose tasks are one a dbt model: told as one line, "12 of 34 models"
MODELS = "transform."


class TaskFailedError(EntangledError):
    """A task of the run failed; the message ends with the end of its log. What was published before stays."""


@dataclass
class RunningSteps:
    """Turns the progress files of steps that run now into lines."""

    folder: Path
    _told: dict[str, tuple[float, str]] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """Records, rate and ETA of each step that has something new to say."""
        now = time.monotonic()
        for file in sorted(self.folder.glob("*.json")):
            line = _progress_line(file)
            told_at, told = self._told.get(file.name, (0.0, ""))
            if line and line != told and now - told_at >= TELL_SECONDS:
                self._told[file.name] = (now, line)
                yield f"  {line}"


@dataclass
class Follower:
    """Turns the states of a run's tasks into lines."""

    settings: Settings
    airflow: Airflow
    services: Services
    say: Callable[[str], None]
    _states: dict[tuple[str, str, int], str] = field(default_factory=dict)
    _told: dict[str, tuple[float, str]] = field(default_factory=dict)

    def follow(self, dag: str, run: str) -> list[dict[str, Any]]:
        """Say what happens until the run has ended; returns its task instances.

        Raises:
            TaskFailedError: the run failed.
        """
        steps = RunningSteps(self.settings.progress_dir)
        while True:
            self.services.check()
            state = self.airflow.run_state(dag, run)
            tasks = self.airflow.tasks(dag, run)
            for line in [*self.task_lines(dag, tasks), *steps.lines()]:
                self.say(line)
            if state == "success":
                return tasks
            if state == "failed":
                raise self._failure(dag, run, tasks)
            time.sleep(POLL_SECONDS)

    def task_lines(self, dag: str, tasks: list[dict[str, Any]]) -> Iterator[str]:
        """Lines for tasks whose state changed since the last call."""
        shown = [task for task in tasks if not task["task_id"].startswith(MODELS)]
        for task in sorted(shown, key=lambda task: task["end_date"] or "9"):
            key = (dag, task["task_id"], task["map_index"])
            state = task["state"] or ""
            if state == self._states.get(key):
                continue
            self._states[key] = state
            if line := _task_line(dag, task, state):
                yield line
        yield from self._model_line(dag, [task for task in tasks if task["task_id"].startswith(MODELS)])

    def _model_line(self, dag: str, tasks: list[dict[str, Any]]) -> Iterator[str]:
        models = [task for task in tasks if "dbt_producer_watcher" not in task["task_id"]]
        done = sum(task["state"] == "success" for task in models)
        started = any(task["state"] for task in tasks)
        if not started or all(task["state"] == "skipped" for task in models):
            return
        told_at, told = self._told.get(dag, (0.0, ""))
        line = f"{dag}  transform: {done} of {len(models)} models"
        now = time.monotonic()
        if line != told and (done == len(models) or now - told_at >= TELL_SECONDS):
            self._told[dag] = (now, line)
            yield line

    def _failure(self, dag: str, run: str, tasks: list[dict[str, Any]]) -> TaskFailedError:
        failed = sorted((task for task in tasks if task["state"] == "failed"), key=lambda task: task["end_date"] or "9")
        if not failed:
            return TaskFailedError(f"run {run} of {dag} failed without a failed task", where=str(self.services.logs))
        # gate 2 names what failed in dbt; the watching tasks only repeat what the dbt process says
        best = ("check", f"{MODELS}dbt_producer_watcher")
        first = next((task for name in best for task in failed if task["task_id"] == name), failed[0])
        return TaskFailedError(
            f"task {_name(first)} of {dag} failed; its log ends:\n{self.airflow.log_end(first)}",
            where=str(self.settings.airflow_home / "logs" / f"dag_id={dag}" / f"run_id={run}"),
            fix="mend what the log names and run the same command again; finished steps are kept",
        )


def _name(task: dict[str, Any]) -> str:
    label = task.get("rendered_map_index") or (str(task["map_index"]) if task["map_index"] >= 0 else "")
    return f"{task['task_id']} {label}".strip()


def _task_line(dag: str, task: dict[str, Any], state: str) -> str | None:
    name = _name(task)
    if state == "success":
        return f"{dag}  {name}: done in {format_duration(task['duration'] or 0)}"
    if state == "skipped":
        return f"{dag}  {name}: nothing to do"
    if state == "failed":
        return f"{dag}  {name}: FAILED"
    if state == "awaiting_input":
        return f"{dag}  {name}: waits for a person; the answer is given in Airflow, under Required Actions"
    if state == "up_for_retry":
        return f"{dag}  {name}: failed, will be tried again (attempt {task['try_number']} of {task['max_tries'] + 1})"
    return None


def _progress_line(file: Path) -> str:
    try:
        return str(json.loads(file.read_bytes())["line"])
    except (OSError, ValueError, KeyError):
        return ""  # the step has just ended
