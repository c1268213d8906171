"""`make status` says what readers have, what is held, and what is torn."""

from __future__ import annotations

from pathlib import Path

import pytest

from include import release
from include.local.driver import status
from include.settings import Settings
from tests.unit.releases import publish_record


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"ENTANGLED_HOME": tmp_path / "var"})


def told(settings: Settings, capsys: pytest.CaptureFixture[str]) -> str:
    status(settings)
    return capsys.readouterr().out


def test_a_home_without_a_release_says_so(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert "release: none yet" in told(settings, capsys)


def test_a_hold_is_told_with_its_reason(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = publish_record(settings)
    assert "held" not in told(settings, capsys)
    # a record without files is no whole release
    monkeypatch.setattr("include.release.holding.require_whole", lambda settings, release: release)
    release.rollback(settings, folder.name, "a wrong list")
    lines = told(settings, capsys)
    assert f"release: {folder.name}\n" in lines
    assert f"held: release {folder.name} is held since " in lines
    assert "because a wrong list; `make rollforward` lifts it" in lines


def test_a_torn_release_is_told(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    (publish_record(settings) / "release.json").write_text("{")
    assert "release: the current release is torn: " in told(settings, capsys)
