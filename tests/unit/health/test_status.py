"""`make status` says what readers have, what is held, and what is torn."""

from __future__ import annotations

from pathlib import Path

import pytest

from include import release
from include.health.status import status
from include.settings import Settings
from tests.unit.releases import publish_record


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"ENTANGLED_HOME": tmp_path / "var"})


def told(settings: Settings) -> str:
    """What it says, with one blank between two words."""
    return "\n".join(" ".join(line.split()) for line in status(settings).splitlines())


def test_a_home_without_a_release_says_so(settings: Settings) -> None:
    assert "release: none yet" in told(settings)


def test_a_hold_is_told_with_its_reason(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = publish_record(settings)
    assert "held" not in told(settings)
    # a record without files is no whole release
    monkeypatch.setattr("include.release.holding.require_whole", lambda settings, release: release)
    release.rollback(settings, folder.name, "a wrong list")
    lines = told(settings)
    assert f"release: {folder.name}\n" in lines
    assert f"held: release {folder.name} is held since " in lines
    assert "because a wrong list; `make rollforward` lifts it" in lines


def test_a_torn_release_is_told(settings: Settings) -> None:
    (publish_record(settings) / "release.json").write_text("{")
    assert "release: the current release is torn: " in told(settings)
