"""Which releases there are, which one is current, and which may go."""

from __future__ import annotations

import shutil
from pathlib import Path

from include.common.errors import EntangledError
from include.common.files import only_one, point_link, remove_tree, storage_errors
from include.contracts.release import Release, releases_in
from include.settings import Settings


class ReleaseError(EntangledError):
    """There is no such release. Nothing was changed."""


def link(settings: Settings) -> Path:
    """The link that readers follow."""
    return settings.releases_dir / "current"


def folder_of(settings: Settings, release: Release) -> Path:
    """The folder of a release."""
    return settings.releases_dir / release.release_id


def lock_file(settings: Settings) -> Path:
    """Held by whoever adds, removes or points at releases."""
    return settings.locks_dir / "release.lock"


def kept_releases(settings: Settings) -> list[Release]:
    """Every release on disk, newest first."""
    return releases_in(settings.releases_dir)


def current_release(settings: Settings) -> Release | None:
    """The release that `current` points at."""
    if not link(settings).is_symlink():
        return None
    return Release.load(link(settings) / "release.json")


def must_have_current(settings: Settings) -> Release:
    """The current release.

    Raises:
        ReleaseError: nothing is published yet.
    """
    release = current_release(settings)
    if release is None:
        raise ReleaseError(
            "there is no release yet",
            where=str(settings.releases_dir),
            fix="make one: `make demo` with invented data, `make run` with OpenAlex",
        )
    return release


def point_at(settings: Settings, release: Release) -> None:
    """Make `release` the current one."""
    point_link(link(settings), folder_of(settings, release))


def point_back(settings: Settings, to: str | None) -> Release:
    """See `include.release.rollback`."""
    with only_one(lock_file(settings), "a change of releases"):
        now = must_have_current(settings)
        releases = kept_releases(settings)
        if to is None:
            target = next((release for release in releases if release.published_at < now.published_at), None)
            if target is None:
                raise ReleaseError(
                    f"there is no release before {now.release_id}",
                    where=str(settings.releases_dir),
                    fix="`python -m include.release list` shows those that are kept",
                )
        else:
            target = next((release for release in releases if release.release_id == to), None)
            if target is None:
                raise ReleaseError(
                    f"there is no release {to}",
                    where=str(settings.releases_dir),
                    fix=f"kept are: {', '.join(release.release_id for release in releases)}",
                )
        point_at(settings, target)
        return target


def remove_leftovers(settings: Settings) -> None:
    """Remove what a killed process left: unfinished releases and half-removed ones. Hold the lock."""
    with storage_errors(settings.releases_dir):
        for leftover in settings.releases_dir.glob(".*"):
            if leftover.is_symlink() or leftover.is_file():
                leftover.unlink()
            elif leftover.name.endswith((".tmp", ".removed")):
                shutil.rmtree(leftover)


def remove_old(settings: Settings) -> list[str]:
    """Remove all but the newest `keep_releases`; never the current one nor the one before it. Hold the lock."""
    now = must_have_current(settings)
    releases = kept_releases(settings)
    before = next((release.release_id for release in releases if release.published_at < now.published_at), None)
    safe = {now.release_id, before}
    old = [release.release_id for release in releases[settings.keep_releases :] if release.release_id not in safe]
    for release_id in old:
        remove_tree(settings.releases_dir / release_id)
    return old
