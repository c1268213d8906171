"""The DAGs as a fresh Airflow process sees them, read once for all tests of this folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from include.settings import REPOSITORY, child_environment


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What inspect_dags.py found; the log is shown when it could not run."""
    folder = tmp_path_factory.mktemp("dags")
    environment = child_environment(
        AIRFLOW_HOME=str(folder),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__COSMOS__ENABLE_TELEMETRY="False",
        ENTANGLED_HOME=str(folder / "var"),
        # with a store and a Postgres, which add tasks; tests/e2e runs the DAGs without
        ENTANGLED_STORE_URL=f"file://{folder}/store",
        ENTANGLED_PUBLISH_POSTGRES="postgresql://nobody@127.0.0.1:1/nothing",
        PYTHONPATH=str(REPOSITORY),
    )
    script = [str(Path(__file__).parent / "inspect_dags.py"), str(REPOSITORY / "dags"), str(folder / "out")]
    for arguments in (["-m", "include.warehouse", "manifest"], script):
        ended = subprocess.run(
            [sys.executable, *arguments], cwd=REPOSITORY, env=environment, capture_output=True, text=True
        )
        assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    found: dict[str, Any] = json.loads((folder / "out").read_text())
    found["models"] = _models(folder / "var" / "dbt" / "manifest.json")
    return found


def _models(manifest: Path) -> dict[str, list[str]]:
    """The names of dbt's models: those that are built, and those that are inlined into others."""
    nodes = json.loads(manifest.read_bytes())["nodes"].values()
    models = [(node["name"], node["config"]["materialized"]) for node in nodes if node["resource_type"] == "model"]
    return {
        "built": sorted(name for name, kind in models if kind != "ephemeral"),
        "inlined": sorted(name for name, kind in models if kind == "ephemeral"),
    }
