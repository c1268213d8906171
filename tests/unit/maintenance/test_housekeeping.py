"""Housekeeping: what is old and unused goes, and what is in use stays."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from include.contracts.acceptance import accepted_folder, refused_folder
from include.maintenance import clean_up
from include.settings import Settings


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


def test_what_killed_processes_left_goes_a_day_later(settings: Settings) -> None:
    left, at_work = [], []
    for age, places in ((timedelta(hours=25), left), (timedelta(hours=7), at_work)):
        name = f"{age.total_seconds():.0f}"
        places.append(_folder(settings.typed_zone / f".batch=01LEFT.{name}", age))
        places.append(_folder(settings.home / "tmp" / f"flatten-{name}", age))
        for file in (settings.progress_dir / f"{name}.json", settings.raw_zone / "works" / f".x.{name}.tmp"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("{}")
            os.utime(file, (time.time() - age.total_seconds(),) * 2)
            places.append(file)
    assert sorted(clean_up(settings)) == sorted(left)
    assert [place for place in left if place.exists()] == []
    assert all(place.exists() for place in at_work)


def test_old_events_of_lineage_go(settings: Settings) -> None:
    folder = settings.home / "lineage"
    folder.mkdir(parents=True)
    for name, days in {"events-2026-01-01.ndjson": 91, "events-2026-04-01.ndjson": 89, "told.json": 400}.items():
        (folder / name).write_text("{}")
        then = time.time() - days * 86_400
        os.utime(folder / name, (then, then))
    assert [file.name for file in clean_up(settings)] == ["events-2026-01-01.ndjson"]
    assert (folder / "told.json").exists()
