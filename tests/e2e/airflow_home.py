"""A home whose Airflow runs, as `make up` starts it, and what tests ask of it. Holds no test."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from include.contracts.release import Release
from include.local.airflow import USER, Airflow, Secrets, url
from include.local.processes import registered
from include.settings import REPOSITORY, Settings, child_environment
from tests.shared import free_port

BUILD = "build_warehouse"
# An answer that comes while the process of the question is still ending fails the task (Airflow 3.3: the executor's
# "success" meets a task that runs again). Nobody reads so fast.
READING_SECONDS = 20


class AirflowHome:
    """The home in `folder`, with ports of its own; `given` are further settings."""

    def __init__(self, folder: Path, **given: str) -> None:
        self._env_file = folder / "env"
        self._given = {
            "ENTANGLED_HOME": str(folder / "var"),
            "ENTANGLED_AIRFLOW_PORT": str(free_port()),
            "ENTANGLED_SANDBOX_PORT": str(free_port()),
            "ENTANGLED_HEALTH_PORT": str(free_port()),
            **given,
        }
        self.settings = Settings.model_validate(self._given)
        self.ask(hours=0)

    def ask(self, hours: float) -> None:
        """How long the flow waits for an answer; read anew by every task."""
        self._env_file.write_text(f"ENTANGLED_ASK_TO_ACCEPT_HOURS={hours}\n")

    def command(self, *arguments: str) -> None:
        """`python -m include.local ...`."""
        ended = subprocess.run(
            [sys.executable, "-m", "include.local", *arguments],
            cwd=REPOSITORY,
            env=child_environment(**self._given, ENTANGLED_ENV_FILE=str(self._env_file)),
            capture_output=True,
            text=True,
            timeout=1500,
        )
        assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]

    @contextmanager
    def running(self, *arguments: str) -> Iterator[AirflowHome]:
        """Its Airflow, from `make up` to `make down`."""
        self.command("up", *arguments)
        try:
            yield self
        finally:
            self.command("down")

    def connect(self) -> Airflow:
        """The REST API, once it knows the flow."""
        api = Airflow(self.settings)
        found = registered(self.settings)
        assert found is not None
        api.wait_until_ready(found[0], [BUILD])
        return api

    def release(self) -> Release:
        """What readers see."""
        return Release.load(self.settings.releases_dir / "current" / "release.json")


def log_in(home: AirflowHome) -> str:
    """The token that a browser gets as a cookie when a person logs in."""
    who = {"username": USER, "password": Secrets.of(home.settings).password}
    answered = requests.post(f"{url(home.settings)}/auth/token", json=who, timeout=60)
    answered.raise_for_status()
    return str(answered.json()["access_token"])


def wait_until(api: Airflow, run: str, states: set[str], task: str = "", *, dag: str = BUILD) -> dict[str, str]:
    """Wait until the task (or the run) is in one of these states; returns those of all tasks."""
    deadline = time.monotonic() + 900
    while True:
        # of the run first: tasks that were read before it ended may have got their last state since
        state = api.run_state(dag, run)
        found = {one["task_id"]: str(one["state"]) for one in api.tasks(dag, run)}
        if (found.get(task) if task else state) in states:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.5)


def question(api: Airflow, run: str, task: str) -> dict[str, Any]:
    """What the task asks, once it asks."""
    wait_until(api, run, {"awaiting_input"}, task)
    time.sleep(READING_SECONDS)
    found: dict[str, Any] = api.call("GET", f"dags/{BUILD}/dagRuns/{run}/taskInstances/{task}/-1/hitlDetails")
    return found


def answer(api: Airflow, run: str, task: str, option: str, **form: str) -> None:
    """Answer it as a person does."""
    body = {"chosen_options": [option], "params_input": form}
    api.call("PATCH", f"dags/{BUILD}/dagRuns/{run}/taskInstances/{task}/-1/hitlDetails", body)


def ask_again(api: Airflow, run: str, task: str) -> None:
    """As a person clears the task in Airflow."""
    told = {"dry_run": False, "dag_run_id": run, "task_ids": [task], "include_downstream": True, "only_failed": False}
    api.call("POST", f"dags/{BUILD}/clearTaskInstances", told)


def notes(api: Airflow, run: str, *, dag: str = BUILD) -> dict[str, str]:
    """What the tasks of a run that has ended say in the grid."""
    return {one["task_id"]: one["note"] for one in api.tasks(dag, run) if one["note"]}
