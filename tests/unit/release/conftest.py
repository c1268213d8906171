"""Candidates that passed their audit, ready to be published."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from include.settings import Settings
from tests.unit.candidates import make_candidate, pass_audit, rewrite, test_settings

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
    return test_settings(home, ENTANGLED_KEEP_RELEASES=3)


@pytest.fixture
def next_run(settings: Settings) -> Callable[[int], str]:
    """Make the audited candidate number n; its figures differ from those of every other."""

    def make(number: int) -> str:
        run_id = f"01RUN00000000000000000000{number:02d}"
        shutil.copytree(settings.build_dir / FIRST, settings.build_dir / run_id)
        lineage = settings.build_dir / run_id / "lineage.json"
        lineage.write_text(lineage.read_text().replace(FIRST, run_id))
        rewrite(settings, run_id, "dim_country", f"from it union all select 'X{number}', 'Invented {number}'")
        pass_audit(settings, run_id)
        return run_id

    return make
