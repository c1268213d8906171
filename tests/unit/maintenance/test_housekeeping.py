"""Housekeeping: what is old and unused goes, what is in use stays, and a stale release is said to be."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from include.common.clock import utc_now
from include.contracts.acceptance import accepted_folder, refused_folder
from include.contracts.hold import Hold, hold_file
from include.maintenance import StaleReleaseError, check_freshness, clean_up
from include.settings import Settings
from tests.unit.releases import publish_record


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"ENTANGLED_HOME": tmp_path / "var"})


def _folder(path: Path, age: timedelta) -> Path:
    path.mkdir(parents=True)
    then = time.time() - age.total_seconds()
    os.utime(path, (then, then))
    return path


def test_old_candidates_and_abandoned_batches_go_and_everything_else_stays(settings: Settings) -> None:
    old_candidate = _folder(settings.build_dir / "old", timedelta(days=15))
    new_candidate = _folder(settings.build_dir / "new", timedelta(days=1))
    abandoned = _folder(settings.raw_zone / "works" / ".batch=01OLD.open", timedelta(days=31))
    in_progress = _folder(settings.raw_zone / "works" / ".batch=01NEW.open", timedelta(days=1))
    batch = _folder(settings.raw_zone / "works" / "batch=01WHOLE", timedelta(days=900))
    assert sorted(clean_up(settings)) == sorted([old_candidate, abandoned])
    assert not old_candidate.exists()
    assert not abandoned.exists()
    assert new_candidate.exists()
    assert in_progress.exists()
    assert batch.exists()


def test_notes_of_what_was_refused_and_accepted_go_when_they_let_nothing_through_any_more(settings: Settings) -> None:
    notes = {
        refused_folder(settings.home) / "old.json": 15,
        refused_folder(settings.home) / "new.json": 13,
        accepted_folder(settings.home) / "old.json": 33,
        accepted_folder(settings.home) / "new.json": 31,
    }
    for note, days in notes.items():
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text("{}")
        then = time.time() - days * 86_400
        os.utime(note, (then, then))
    assert {note.name for note in clean_up(settings)} == {"old.json"}
    assert sorted(note.name for note in notes if note.exists()) == ["new.json", "new.json"]


def test_a_home_without_anything_is_clean(settings: Settings) -> None:
    assert clean_up(settings) == []


def test_a_fresh_release_is_fresh(settings: Settings) -> None:
    publish_record(settings, published_at=utc_now() - timedelta(days=2))
    assert check_freshness(settings) == "20261120T000000Z-abc123"


def test_a_stale_release_is_reported_with_its_age(settings: Settings) -> None:
    publish_record(settings, published_at=utc_now() - timedelta(days=5))
    with pytest.raises(StaleReleaseError, match="release 20261120T000000Z-abc123 is 5 days old"):
        check_freshness(settings)


def test_a_stale_release_that_is_held_says_so(settings: Settings) -> None:
    folder = publish_record(settings, published_at=utc_now() - timedelta(days=5))
    Hold(release_id=folder.name, since=utc_now(), who="somebody", reason="a wrong list").save(
        hold_file(settings.releases_dir)
    )
    with pytest.raises(StaleReleaseError, match="5 days old") as caught:
        check_freshness(settings)
    assert "by somebody, because a wrong list; `make rollforward` lifts that" in caught.value.fix


def test_no_release_at_all_is_reported(settings: Settings) -> None:
    with pytest.raises(StaleReleaseError, match="there is no release"):
        check_freshness(settings)
