"""What waits is measured against the release, because a refused build has loaded its batches and published nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from include.contracts.release import Release
from include.pipeline.waiting import waiting
from include.settings import Settings


def _settings(tmp_path: Path, *batches: str) -> Settings:
    settings = Settings(_env_file=None, ENTANGLED_HOME=tmp_path)
    for batch in batches:
        folder = settings.typed_zone / f"batch={batch}"
        folder.mkdir(parents=True)
        (folder / "_typed.json").write_text("{}")
    return settings


def _publish(settings: Settings, *batches: str) -> None:
    release = Release(
        release_id="20260101T000000Z-abc",
        published_at=datetime(2026, 1, 1, tzinfo=UTC),
        run_id="01R",
        data_origin="recorded",
        scope_id="s",
        scope_version="v",
        scope_title="t",
        works_in=0,
        works_loaded=0,
        works_quarantined=0,
        tables=(),
        gates={},
        accepted={},
        previous=None,
        changes={},
        batches=batches,
        dbt_invocation_id="i",
        git_revision="g",
        files_sha256={},
    )
    folder = settings.releases_dir / release.release_id
    release.save(folder / "release.json")
    (settings.releases_dir / "current").symlink_to(folder.name)


def test_without_a_release_every_typed_batch_waits(tmp_path: Path) -> None:
    assert waiting(_settings(tmp_path, "01B", "01A")) == ["01A", "01B"]


def test_only_batches_that_the_release_does_not_hold_wait(tmp_path: Path) -> None:
    settings = _settings(tmp_path, "01A", "01B")
    _publish(settings, "01A")
    assert waiting(settings) == ["01B"]


def test_nothing_waits_when_the_release_holds_all(tmp_path: Path) -> None:
    settings = _settings(tmp_path, "01A")
    _publish(settings, "01A")
    assert waiting(settings) == []
