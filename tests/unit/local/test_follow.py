"""Progress in the terminal: a line when something changed, and only then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from include.local.airflow import _log_lines
from include.local.follow import Follower, RunningSteps, TaskFailedError
from include.settings import Settings


class _Airflow:
    """A run that has failed, as the REST API tells it."""

    def __init__(self, tasks: list[dict[str, Any]]) -> None:
        self._tasks = tasks

    def run_state(self, dag: str, run: str) -> str:
        return "failed"

    def tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        return self._tasks

    def log_end(self, task: dict[str, Any]) -> str:
        return f"log of {task['task_id']}"


class _Services:
    logs = Path("logs")

    def check(self) -> None:
        return None


def _follower(home: Path, tasks: list[dict[str, Any]], said: list[str]) -> Follower:
    settings = Settings.model_validate({"ENTANGLED_HOME": home})
    return Follower(settings, cast(Any, _Airflow(tasks)), cast(Any, _Services()), said.append)


def _task(task_id: str, state: str | None, index: int = -1, label: str | None = None, end: str = "1") -> dict[str, Any]:
    return {
        "task_id": task_id,
        "state": state,
        "map_index": index,
        "rendered_map_index": label,
        "duration": 2.0,
        "end_date": end,
        "try_number": 1,
        "max_tries": 3,
    }


def test_a_task_is_told_once_when_it_is_done(tmp_path: Path) -> None:
    follower = _follower(tmp_path, [], [])
    running = [_task("extract", "running", 0, "2019 (7 works)")]
    done = [_task("extract", "success", 0, "2019 (7 works)")]
    assert list(follower.task_lines("ingest", running)) == []
    assert list(follower.task_lines("ingest", done)) == ["ingest  extract 2019 (7 works): done in 2 s"]
    assert list(follower.task_lines("ingest", done)) == []


def test_a_retry_is_told_with_its_number(tmp_path: Path) -> None:
    lines = list(_follower(tmp_path, [], []).task_lines("ingest", [_task("totals", "up_for_retry")]))
    assert lines == ["ingest  totals: failed, will be tried again (attempt 1 of 4)"]


def test_models_are_told_as_one_count(tmp_path: Path) -> None:
    tasks = [_task("transform.dbt_producer_watcher", "running")]
    tasks += [_task(f"transform.m{number}_run", "success" if number < 2 else None) for number in range(3)]
    assert list(_follower(tmp_path, [], []).task_lines("build", tasks)) == ["build  transform: 2 of 3 models"]


def test_models_that_were_not_asked_for_are_not_counted(tmp_path: Path) -> None:
    tasks = [_task(f"transform.m{number}_run", "skipped") for number in range(3)]
    assert list(_follower(tmp_path, [], []).task_lines("build", tasks)) == []


def test_a_running_step_shows_its_records_rate_and_eta_until_its_file_goes(tmp_path: Path) -> None:
    steps = RunningSteps(tmp_path / "progress")
    file = tmp_path / "progress" / "extract-2019.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"line": "extract 2019: 10 of 90 records, 5/s, ETA 16 s"}))
    assert list(steps.lines()) == ["  extract 2019: 10 of 90 records, 5/s, ETA 16 s"]
    assert list(steps.lines()) == []
    file.write_text("{torn")
    assert list(steps.lines()) == []


def test_a_failed_run_names_the_first_failed_task_with_its_log(tmp_path: Path) -> None:
    said: list[str] = []
    tasks = [_task("publish", "upstream_failed"), _task("report", "failed", end="3"), _task("audit", "failed", end="2")]
    with pytest.raises(TaskFailedError, match=r"task audit of build failed; its log ends:\nlog of audit"):
        _follower(tmp_path, tasks, said).follow("build", "run-1")
    assert "build  audit: FAILED" in said


def test_of_a_failed_build_the_log_of_dbt_is_shown_rather_than_a_watchers(tmp_path: Path) -> None:
    tasks = [_task("transform.m1_run", "failed", end="1"), _task("transform.dbt_producer_watcher", "failed", end="2")]
    with pytest.raises(TaskFailedError, match=r"log of transform\.dbt_producer_watcher"):
        _follower(tmp_path, tasks, []).follow("build", "run-1")


def test_of_a_failed_build_gate_2_is_shown_rather_than_dbt_because_it_names_rows(tmp_path: Path) -> None:
    failed = ("transform.m1_run", "transform.dbt_producer_watcher", "check")
    tasks = [_task(task, "failed", end=str(number)) for number, task in enumerate(failed)]
    with pytest.raises(TaskFailedError, match=r"log of check"):
        _follower(tmp_path, tasks, []).follow("build", "run-1")


def test_log_lines_are_readable() -> None:
    dbt = json.dumps({"info": {"msg": "Database Error in model m1"}})
    assert list(_log_lines({"event": dbt})) == ["Database Error in model m1"]
    assert list(_log_lines("::group::Log message source details")) == []
    failed = {"event": "Task failed", "error_detail": [{"exc_type": "GateFailed", "exc_value": "shares above 1"}]}
    assert list(_log_lines(failed)) == ["Task failed", "GateFailed: shares above 1"]
    assert len(next(_log_lines("x" * 10_000))) < 400
