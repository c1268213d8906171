"""The DAGs' own tasks, run by Airflow's `dag.test()`, from the source to a published release."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from include.contracts.release import Release
from include.pipeline.faults import Sandbox
from include.pipeline.truth import pipeline_environment
from include.sandbox.faults.answers import ANSWERS
from include.sandbox.faults.records import RECORDS
from include.settings import REPOSITORY
from tests.faults.keys import files_that_hold

pytestmark = pytest.mark.slow

KEY = "key-that-must-not-leak-1234"
SCRIPT = str(Path(__file__).parent / "run_dags.py")
DAGS = str(REPOSITORY / "dags")
LOG = "run.log"


def _environment(folder: Path, corpus: Path, sandbox: str) -> dict[str, str]:
    return {
        **pipeline_environment(folder / "var", sandbox, corpus, "demo"),
        "OPENALEX_API_KEY": KEY,
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": DAGS,
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        "AIRFLOW__COSMOS__CACHE_DIR": str(folder / "cosmos"),
        "PYTHONPATH": str(REPOSITORY),
    }


def _python(arguments: list[str], environment: dict[str, str], log: Path) -> None:
    # into a file: tasks fork, and a pipe would stay open as long as any of them
    with log.open("ab") as out:
        ended = subprocess.run(
            [sys.executable, *arguments], cwd=REPOSITORY, env=environment, stdout=out, stderr=out, timeout=500
        )
    assert ended.returncode == 0, log.read_text()[-4000:]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, corpus: Path, sandbox: str) -> tuple[Path, list[dict[str, Any]]]:
    """Ingest, build, and ingest again, in a home of their own."""
    folder = tmp_path_factory.mktemp("dag-runs")
    log = folder / LOG
    environment = _environment(folder, corpus, sandbox)
    _python(["-m", "include.warehouse", "manifest"], environment, log)
    _python(["-m", "airflow", "db", "migrate"], environment, log)
    _python(["-m", "airflow", "pools", "import", str(REPOSITORY / "config" / "airflow_pools.json")], environment, log)
    _python(
        [SCRIPT, DAGS, str(folder / "states.json"), "ingest_openalex", "build_warehouse", "ingest_openalex"],
        environment,
        log,
    )
    return folder / "var", json.loads((folder / "states.json").read_text())


def test_a_first_run_sweeps_every_year_and_announces_batches(runs: tuple[Path, list[dict[str, Any]]]) -> None:
    first = runs[1][0]
    assert first["state"] == "success"
    assert set(first["tasks"].values()) == {"success"}
    assert sum(task.startswith("extract[") for task in first["tasks"]) == 6


def test_the_build_publishes_a_release_that_accounts_for_every_work(runs: tuple[Path, list[dict[str, Any]]]) -> None:
    home, (_, build, _) = runs
    assert build["state"] == "success"
    assert set(build["tasks"].values()) == {"success"}
    release = Release.load(home / "releases" / "current" / "release.json")
    assert release.works_in > 300
    assert release.works_in == release.works_loaded + release.works_quarantined
    assert release.data_origin == "synthetic"
    for part in ("marts.duckdb", "report/index.html", "data_docs"):
        assert (home / "releases" / "current" / part).exists()


def test_a_second_run_finds_nothing_new_and_announces_nothing(runs: tuple[Path, list[dict[str, Any]]]) -> None:
    second = runs[1][2]
    assert second["state"] == "success"
    assert second["tasks"]["announce"] == "skipped"
    assert second["tasks"]["extract"] == "skipped"


def test_the_key_is_in_no_airflow_log_template_or_file_after_a_run_with_every_fault_of_answers(
    runs: tuple[Path, list[dict[str, Any]]], corpus: Path, sandbox: str
) -> None:
    folder = runs[0].parent
    retried = [fault.name for fault in ANSWERS if fault.ends == "retried"]
    spoilt = [fault.name for fault in RECORDS]
    # of the faults that stop a run one is enough, when the others have struck
    faults = [*(f"{name}:times=1" for name in retried), *spoilt, "unauthorised:first=25"]
    environment = _environment(folder, corpus, sandbox) | {"OPENALEX_TIMEOUT_SECONDS": "1"}
    with Sandbox(sandbox).having(faults):
        _python([SCRIPT, DAGS, str(folder / "spoilt.json"), "ingest_openalex+full_sweep"], environment, folder / LOG)
        assert Sandbox(sandbox).spared() == set()
    # the tasks' logs with their exceptions are in the log of the process, the rendered templates in the database
    assert "include.openalex.errors.Unauthorised: " in (folder / LOG).read_text()
    with closing(sqlite3.connect(folder / "airflow" / "airflow.db")) as database:
        assert database.execute("select count(*) from rendered_task_instance_fields").fetchone()[0] > 20
    assert files_that_hold(KEY, folder) == []
