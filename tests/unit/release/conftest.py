"""Candidates that passed their audit, ready to be published."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from include import release
from include.common.clock import utc_now
from include.contracts.release import Release
from include.settings import Settings
from tests.unit.candidates import change_lineage, make_candidate, pass_audit, rewrite, test_settings

FIRST = "01RUN0000000000000000000A1"


@pytest.fixture(scope="session")
def audited_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("audited")
    settings = test_settings(home)
    make_candidate(settings, run_id=FIRST, works=60)
    pass_audit(settings, FIRST)
    return home


@pytest.fixture
def settings(audited_home: Path, tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    shutil.copytree(audited_home, home)
    # tests publish faster than any reader reads; test_holding.py has those about the grace
    return test_settings(home, ENTANGLED_KEEP_RELEASES=3, ENTANGLED_READER_GRACE_MINUTES=0)


def keeping(settings: Settings, releases: int) -> Settings:
    """The same home, with so many releases kept."""
    return settings.model_copy(update={"keep_releases": releases})


@pytest.fixture
def next_run(settings: Settings) -> Callable[[int], str]:
    """Make the audited candidate number n; its figures differ from those of every other."""
    return lambda number: _make_run(settings, number)


def _make_run(settings: Settings, number: int) -> str:
    run_id = f"01RUN00000000000000000000{number:02d}"
    shutil.copytree(settings.build_dir / FIRST, settings.build_dir / run_id)
    lineage = settings.build_dir / run_id / "lineage.json"
    lineage.write_text(lineage.read_text().replace(FIRST, run_id))
    another = f"select 'X{number}' as country_code, 'Invented {number}' as country_name"
    rewrite(settings, run_id, "dim_country", f"from it union all by name {another}")
    change_lineage(settings, run_id, built_at=utc_now())
    pass_audit(settings, run_id)
    return run_id


@pytest.fixture(scope="session")
def home_of_two(audited_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("two") / "home"
    shutil.copytree(audited_home, home)
    settings = test_settings(home)
    release.publish(settings, FIRST)
    release.publish(settings, _make_run(settings, 1))
    return home


@pytest.fixture
def two(settings: Settings, home_of_two: Path) -> tuple[Release, Release]:
    """Two releases in the home of `settings`, the second current; of the candidates of FIRST and of number 1."""
    shutil.copytree(home_of_two, settings.home, symlinks=True, dirs_exist_ok=True)
    second, first = release.list_releases(settings)
    return first, second
