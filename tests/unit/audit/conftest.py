"""A candidate that passes, its release, and the next candidate: each made once a session and copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from include import release
from include.settings import Settings
from tests.unit.candidates import make_candidate, pass_audit, test_settings

RUN = "01RUN0000000000000000000A1"
NEXT = "01RUN0000000000000000000B2"


def copied(home: Path, to: Path) -> Settings:
    """Settings for a copy of this home."""
    shutil.copytree(home, to, symlinks=True)
    return test_settings(to)


@pytest.fixture(scope="session")
def passing_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("passing")
    make_candidate(test_settings(home), run_id=RUN)
    return home


@pytest.fixture
def settings(passing_home: Path, tmp_path: Path) -> Settings:
    return copied(passing_home, tmp_path / "home")


@pytest.fixture(scope="session")
def published_home(passing_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("published") / "home"
    settings = copied(passing_home, home)
    pass_audit(settings, RUN)
    release.publish(settings, RUN)
    return home


@pytest.fixture
def published(published_home: Path, tmp_path: Path) -> Settings:
    """A home whose candidate `RUN` is published."""
    return copied(published_home, tmp_path / "home")


@pytest.fixture(scope="session")
def following_home(published_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("following") / "home"
    make_candidate(copied(published_home, home), run_id=NEXT)
    return home


@pytest.fixture
def following(following_home: Path, tmp_path: Path) -> Settings:
    """The same with a next candidate, `NEXT`, that is like the published one."""
    return copied(following_home, tmp_path / "home")
