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
    ended = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "inspect_dags.py"), str(REPOSITORY / "dags"), str(folder / "out")],
        cwd=REPOSITORY,
        env=child_environment(
            AIRFLOW_HOME=str(folder),
            AIRFLOW__CORE__LOAD_EXAMPLES="False",
            AIRFLOW__COSMOS__ENABLE_TELEMETRY="False",
            ENTANGLED_HOME=str(folder / "var"),
            PYTHONPATH=str(REPOSITORY),
        ),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    found: dict[str, Any] = json.loads((folder / "out").read_text())
    return found
