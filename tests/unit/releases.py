"""A release record for tests that need one to be there and do not care what it says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from include.common.files import point_link
from include.contracts.release import Release
from include.settings import Settings


def publish_record(settings: Settings, **changes: Any) -> Path:
    """Write the record of a release, with `changes`, and point `current` at it; returns its folder."""
    told: dict[str, Any] = {
        "release_id": "20261120T000000Z-abc123",
        "published_at": datetime(2026, 11, 20, tzinfo=UTC),
        "run_id": "run",
        "data_origin": "recorded",
        "scope_id": "s",
        "fetch_version": "v",
        "scope_title": "t",
        "works_in": 1,
        "works_loaded": 1,
        "works_quarantined": 0,
        "tables": (),
        "gates": {},
        "previous": None,
        "changes": {},
        "batches": (),
        "dbt_invocation_id": "",
        "git_revision": "",
        "files_sha256": {},
    }
    release = Release(**{**told, **changes})
    folder = settings.releases_dir / release.release_id
    release.save(folder / "release.json")
    point_link(settings.releases_dir / "current", folder)
    return folder
