"""A small corpus, and what the end-to-end tests share to run commands as a user would."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.pipeline.truth import serving
from include.settings import REPOSITORY, child_environment

# as small as every table still has rows in
SCALE = "0.01"


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated corpus of about 370 joint papers."""
    folder = tmp_path_factory.mktemp("corpus") / "generated"
    command = [
        sys.executable,
        "-m",
        "include.sandbox",
        "generate",
        "--out",
        str(folder),
        "--seed",
        "5",
        "--scale",
        SCALE,
    ]
    ended = subprocess.run(command, cwd=REPOSITORY, env=child_environment(), capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return folder


@pytest.fixture(scope="session")
def sandbox(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a sandbox that serves the corpus."""
    with serving(corpus, log_file=tmp_path_factory.mktemp("sandbox") / "sandbox.log") as url:
        yield url
