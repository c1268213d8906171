"""What waits is measured against the release, because a refused build has loaded its batches and published nothing."""

from __future__ import annotations

from pathlib import Path

from include.pipeline.waiting import due_because, waiting
from include.settings import Settings
from include.warehouse import definitions_digest
from tests.unit.releases import publish_record


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


def test_a_release_is_due_when_batches_wait_or_a_list_or_the_scope_has_changed(tmp_path: Path) -> None:
    own = tmp_path / "lists"
    own.mkdir()
    listed = own / "military_bodies.csv"
    listed.write_text("body\n")
    settings = _settings(tmp_path / "home", "01A").model_copy(update={"extra_lists": own})
    assert due_because(settings) == "1 typed batch not published yet"
    publish_record(settings, batches=("01A",), definitions_sha256=definitions_digest(settings))
    assert due_because(settings) == ""

    changed = "models, lists or scope changed since the release"
    listed.write_text("body\nanother\n")
    assert due_because(settings) == changed
    listed.write_text("body\n")
    assert due_because(settings) == ""
    settings.resolved_scope_file.write_text("{}")
    assert due_because(settings) == changed
    settings.resolved_scope_file.unlink()
    assert due_because(settings.model_copy(update={"extra_lists": None})) == changed
