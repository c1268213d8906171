"""In a whole Airflow: gate 3 refuses, a task asks, and what a person answers by the REST API is done."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from include.common.clock import utc_now
from include.contracts.acceptance import refusals_in
from include.contracts.release import Release
from include.local.airflow import USER, Airflow
from include.local.processes import read_register, registered
from include.settings import REPOSITORY, Settings, child_environment
from tests.shared import free_port
from tests.unit.audit.test_drift import TRENDS, rewrite_release

BUILD, ASKS = "build_warehouse", "accept_candidate"
# An answer that comes while the process of the question is still ending fails the task (Airflow 3.3: the executor's
# "success" meets a task that runs again). Nobody reads so fast.
READING_SECONDS = 20
# the release had three times as many joint papers of Britain's
MORE_BEFORE = """
    select * replace (case reporter_code when 'GB' then 3 * joint_papers else joint_papers end as joint_papers) from it
"""


class _Home:
    """A home whose Airflow runs, with a release."""

    def __init__(self, folder: Path) -> None:
        self._env_file = folder / "env"
        self._given = {
            "ENTANGLED_HOME": str(folder / "var"),
            "ENTANGLED_AIRFLOW_PORT": str(free_port()),
            "ENTANGLED_SANDBOX_PORT": str(free_port()),
            "ENTANGLED_HEALTH_PORT": str(free_port()),
        }
        self.settings = Settings.model_validate(self._given)
        self.ask(hours=0)

    def ask(self, hours: float) -> None:
        """How long the flow waits for an answer; read anew by every task."""
        self._env_file.write_text(f"ENTANGLED_ASK_TO_ACCEPT_HOURS={hours}\n")

    def command(self, *arguments: str) -> None:
        ended = subprocess.run(
            [sys.executable, "-m", "include.local", *arguments],
            cwd=REPOSITORY,
            env=child_environment(**self._given, ENTANGLED_ENV_FILE=str(self._env_file)),
            capture_output=True,
            text=True,
            timeout=1500,
        )
        assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]

    def connect(self) -> Airflow:
        api = Airflow(self.settings)
        found = registered(self.settings)
        assert found is not None
        api.wait_until_ready(found[0], [BUILD])
        return api

    def release(self) -> Release:
        return Release.load(self.settings.releases_dir / "current" / "release.json")


def _until(api: Airflow, run: str, states: set[str], task: str = "") -> dict[str, str]:
    """Wait until the task (or the run) is in one of these states; returns those of all tasks."""
    deadline = time.monotonic() + 900
    while True:
        # of the run first: tasks that were read before it ended may have got their last state since
        state = api.run_state(BUILD, run)
        found = {one["task_id"]: str(one["state"]) for one in api.tasks(BUILD, run)}
        if (found.get(task) if task else state) in states:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.5)


def _asked(api: Airflow, run: str) -> dict[str, Any]:
    _until(api, run, {"awaiting_input"}, ASKS)
    time.sleep(READING_SECONDS)
    found: dict[str, Any] = api.call("GET", f"dags/{BUILD}/dagRuns/{run}/taskInstances/{ASKS}/-1/hitlDetails")
    return found


def _answer(api: Airflow, run: str, option: str, **form: str) -> None:
    body = {"chosen_options": [option], "params_input": form}
    api.call("PATCH", f"dags/{BUILD}/dagRuns/{run}/taskInstances/{ASKS}/-1/hitlDetails", body)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Home]:
    home = _Home(tmp_path_factory.mktemp("asking"))
    home.command("demo", "--scale", "0.01")
    rewrite_release(home.settings, TRENDS, MORE_BEFORE)
    home.command("up", "--scale", "0.01")
    try:
        yield home
    finally:
        home.command("down")


def _ask_again(api: Airflow, run: str) -> None:
    """As a person clears the task in Airflow."""
    told = {"dry_run": False, "dag_run_id": run, "task_ids": [ASKS], "include_downstream": True, "only_failed": False}
    api.call("POST", f"dags/{BUILD}/clearTaskInstances", told)


@pytest.mark.verify
def test_a_person_is_asked_in_airflow_and_what_is_answered_is_done(home: _Home) -> None:
    api = home.connect()
    before = home.release()
    home.ask(hours=1)
    run = api.trigger(BUILD, {"force": True})
    asked = _asked(api, run)
    names = [check.name for check in refusals_in(home.settings.home)[0].checks]
    assert asked["options"] == ["Approve", "Reject"]
    assert all(f"**{name}**: " in asked["body"] for name in names)
    until = asked["params"]["until"]["value"]
    assert date.fromisoformat(until) > utc_now().date()

    # not accepted
    _answer(api, run, "Reject", reason="", until=until)
    states = _until(api, run, {"failed"})
    assert (states["audit"], states[ASKS], states["report"]) == ("success", "failed", "upstream_failed")
    assert home.release() == before

    # nobody answers in time
    home.ask(hours=0.01)
    _ask_again(api, run)
    _until(api, run, {"running", "queued"})
    states = _until(api, run, {"failed"})
    assert (states[ASKS], states["publish"]) == ("failed", "upstream_failed")
    assert home.release() == before

    # accepted
    home.ask(hours=1)
    _ask_again(api, run)
    _asked(api, run)
    _answer(api, run, "Approve", reason="a publisher left", until=until)
    states = _until(api, run, {"success", "failed"})
    assert {task for task, state in states.items() if state != "success"} == {"accept_build"}
    made = home.release()
    assert made.previous == before.release_id
    assert [check.name for check in made.accepted] == names
    assert {str(check.accepted) for check in made.accepted} == {f"a publisher left, {USER}, until {until}"}
    assert refusals_in(home.settings.home) == []


@pytest.mark.verify
def test_a_killed_scheduler_is_dead_on_the_page_of_health_and_up_starts_it_again(home: _Home) -> None:
    address = f"http://127.0.0.1:{home.settings.health_port}/health"
    before = requests.get(address, timeout=60)
    assert before.status_code == 200
    assert all(service["is_alive"] for service in before.json()["services"])
    entries, _ = read_register(home.settings)
    (scheduler,) = [entry.pid for entry in entries if entry.name == "scheduler"]
    # with the workers, which -9 would leave behind
    for process in [*psutil.Process(scheduler).children(recursive=True), psutil.Process(scheduler)]:
        process.kill()
    deadline = time.monotonic() + 120
    while (killed := requests.get(address, timeout=60)).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(1)
    assert killed.json()["status"] == "dead"
    assert [service["name"] for service in killed.json()["services"] if not service["is_alive"]] == ["scheduler"]

    home.command("up", "--scale", "0.01")
    home.connect()
    assert requests.get(address, timeout=60).status_code == 200
