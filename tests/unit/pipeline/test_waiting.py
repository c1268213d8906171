"""What waits is measured against the release, because a refused build has loaded its batches and published nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.contracts.release import Release
from include.flatten import flatten_version
from include.pipeline.waiting import due_because, waiting
from include.settings import Settings
from include.warehouse import count_version
from tests.unit.releases import publish_record
from tests.unit.warehouse.typed_batches import write_scope


def _settings(tmp_path: Path, *batches: str) -> Settings:
    settings = Settings(_env_file=None, ENTANGLED_HOME=tmp_path)
    for batch in batches:
        folder = settings.typed_zone / f"batch={batch}"
        folder.mkdir(parents=True)
        (folder / "_typed.json").write_text("{}")
    return settings


def test_without_a_release_every_typed_batch_waits(tmp_path: Path) -> None:
    assert waiting(_settings(tmp_path, "01B", "01A")) == ["01A", "01B"]


def test_only_batches_that_the_release_does_not_hold_wait(tmp_path: Path) -> None:
    settings = _settings(tmp_path, "01A", "01B")
    publish_record(settings, batches=("01A",))
    assert waiting(settings) == ["01B"]


def test_nothing_waits_when_the_release_holds_all(tmp_path: Path) -> None:
    settings = _settings(tmp_path, "01A")
    publish_record(settings, batches=("01A",))
    assert waiting(settings) == []


def test_a_release_is_due_when_batches_wait_or_what_decides_its_rows_has_changed(tmp_path: Path) -> None:
    own = tmp_path / "lists"
    own.mkdir()
    listed = own / "military_bodies.csv"
    listed.write_text("body\n")
    settings = _settings(tmp_path / "home", "01A").model_copy(update={"extra_lists": own})
    write_scope(settings)
    assert due_because(settings) == "1 typed batch not published yet"
    current = {
        "fetch_version": "1",
        "flatten_version": flatten_version(),
        "count_version": count_version(settings),
        "duckdb_version": duckdb.__version__,
    }
    folder = publish_record(settings, batches=("01A",), **current)
    assert due_because(settings) == ""

    counted = "how works are counted (models, lists, groups, topics or years) changed since the release"
    listed.write_text("body\nanother\n")
    assert due_because(settings).startswith(counted)
    listed.write_text("body\n")
    write_scope(settings, year_to=2022)
    assert due_because(settings).startswith(counted)
    write_scope(settings)
    assert due_because(settings.model_copy(update={"extra_lists": None})).startswith(counted)
    assert due_because(settings) == ""

    write_scope(settings, version="2")
    assert due_because(settings) == "which works are fetched changed since the release (1 -> 2)"
    write_scope(settings)
    for version, words in (("flatten_version", "how records become rows"), ("duckdb_version", "DuckDB")):
        told = Release.load(folder / "release.json")
        told.model_copy(update={version: "another"}).save(folder / "release.json")
        assert due_because(settings) == f"{words} changed since the release (another -> {current[version]})"
        told.save(folder / "release.json")


def test_how_often_windows_are_asked_for_makes_no_release_due(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    scope = write_scope(settings)
    before = count_version(settings)
    windows = scope.windows.model_copy(update={"revisit_old_days": 7})
    scope.model_copy(update={"windows": windows}).save(settings.resolved_scope_file)
    assert count_version(settings) == before
