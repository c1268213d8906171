"""What the tests of faults share."""

from __future__ import annotations

from pathlib import Path

import pytest

from include import release
from include.settings import Settings
from tests.unit.candidates import make_candidate, pass_audit, test_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A small home with a release."""
    settings = test_settings(tmp_path / "home", ENTANGLED_THREADS=1)
    run_id = make_candidate(settings, works=60)
    pass_audit(settings, run_id)
    release.publish(settings, run_id)
    return settings
