"""An audited candidate to write the page of."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from include.settings import Settings
from tests.unit.candidates import make_candidate, pass_audit, test_settings

RUN = "01RUN0000000000000000000A1"


@pytest.fixture(scope="session")
def audited_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("audited")
    settings = test_settings(home)
    make_candidate(settings, run_id=RUN)
    pass_audit(settings, RUN)
    return home


@pytest.fixture
def settings(audited_home: Path, tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    shutil.copytree(audited_home, home)
    return test_settings(home)
