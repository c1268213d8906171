"""The DAGs' own tasks, run by Airflow's `dag.test()`, from the source to a published release."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from include.contracts.release import Release
from include.pipeline.truth import pipeline_environment
from include.settings import REPOSITORY

pytestmark = pytest.mark.slow


def _environment(folder: Path, corpus: Path, sandbox: str) -> dict[str, str]:
    return {
        **pipeline_environment(folder / "var", sandbox, corpus, "demo"),
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
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
    log = folder / "run.log"
    environment = _environment(folder, corpus, sandbox)
    _python(["-m", "include.warehouse", "manifest"], environment, log)
    _python(["-m", "airflow", "db", "migrate"], environment, log)
    _python(["-m", "airflow", "pools", "import", str(REPOSITORY / "config" / "airflow_pools.json")], environment, log)
    script = [str(Path(__file__).parent / "run_dags.py"), str(REPOSITORY / "dags"), str(folder / "states.json")]
    _python([*script, "ingest_openalex", "build_warehouse", "ingest_openalex"], environment, log)
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
