"""The models of one theme on a real cluster of Spark, held against DuckDB's."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from include.settings import REPOSITORY, child_environment

pytestmark = pytest.mark.verify


def test_a_theme_is_the_same_on_both_engines(tmp_path: Path) -> None:
    assert shutil.which("java"), "Debian's package openjdk-17-jre-headless is missing"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = child_environment(
        ENTANGLED_HOME=str(tmp_path), ENTANGLED_ENV_FILE="/dev/null", ENTANGLED_SPARK_MASTER=f"spark://127.0.0.1:{port}"
    )
    command = [sys.executable, "-m", "include.spark", "equal", "--scale", "0.01", "--theme", "funding"]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stdout.splitlines()[-1] == "tables: 17, equal: 17"
    # nothing of the cluster stays
    assert not (tmp_path / "spark-cluster" / "services.json").exists()
