"""A candidate that passes, built once a session and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from include.settings import Settings
from tests.unit.candidates import make_candidate, test_settings

RUN = "01RUN0000000000000000000A1"


@pytest.fixture(scope="session")
def passing_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("passing")
    make_candidate(test_settings(home), run_id=RUN)
    return home


@pytest.fixture
def settings(passing_home: Path, tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    shutil.copytree(passing_home, home)
    return test_settings(home)


@pytest.fixture
def accepting(settings: Settings) -> Callable[[str], Settings]:
    """The same home, with ENTANGLED_ACCEPT set."""
    return lambda text: test_settings(settings.home, ENTANGLED_ACCEPT=text)
