"""A small corpus and a sandbox on it, for everything that goes wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.pipeline.truth import serving
from include.settings import REPOSITORY


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 370 joint papers: four pages when they are one window."""
    folder = tmp_path_factory.mktemp("corpus") / "small"
    command = ["-m", "include.sandbox", "generate", "--out", str(folder), "--seed", "11", "--scale", "0.01"]
    subprocess.run([sys.executable, *command], cwd=REPOSITORY, check=True, capture_output=True, timeout=300)
    return folder


@pytest.fixture(scope="session")
def small_sandbox(small_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a sandbox that serves it."""
    with serving(small_corpus, log_file=tmp_path_factory.mktemp("sandbox") / "sandbox.log") as url:
        yield url
