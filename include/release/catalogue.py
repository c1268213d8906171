"""Which releases there are, which one is current, and which may go."""

from __future__ import annotations

import logging
import shutil
import time
from datetime import datetime
from pathlib import Path

from include.common.errors import ContractError, EntangledError
from include.common.files import point_link, remove_tree, storage_errors
from include.contracts.hold import Hold, hold_file, hold_in
from include.contracts.release import RECORD, Release, TornRelease, read_releases, releases_in
from include.settings import Settings

log = logging.getLogger("entangled")


class ReleaseError(EntangledError):
    """There is no such release, or it is not whole. Nothing was changed."""


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
    """Every release on disk that can be read, newest first."""
    return releases_in(settings.releases_dir)


def torn_releases(settings: Settings) -> list[TornRelease]:
    """What lies among the releases and cannot be read as one, newest first."""
    return read_releases(settings.releases_dir)[1]


def current_id(settings: Settings) -> str | None:
    """Name of the folder that `current` points at, whether it is there or not."""
    return link(settings).readlink().name if link(settings).is_symlink() else None


def current_folder(settings: Settings) -> Path:
    """The folder of the current release itself. Whatever is read below it is of one release, also after a switch.

    It stays for a while after it was replaced: ENTANGLED_READER_GRACE_MINUTES.

    Raises:
        ReleaseError: nothing is published yet, or the link points at nothing.
    """
    name = current_id(settings)
    if name is None and kept_releases(settings):
        raise ReleaseError(
            "there are releases, and no link `current` to one of them",
            where=str(link(settings)),
            fix="make rollback TO=<id>, or make rollforward for the newest; a folder of that name: move it away first",
        )
    if name is None:
        raise ReleaseError(
            "there is no release yet",
            where=str(settings.releases_dir),
            fix="make one: `make demo` with invented data, `make run` with OpenAlex",
        )
    folder = settings.releases_dir / name
    if not folder.is_dir():
        raise ReleaseError(
            f"`current` points at release {name}, which is not there",
            where=str(link(settings)),
            fix="make rollback TO=<id>; `make release-list` shows those that are kept",
        )
    return folder


def current_release(settings: Settings) -> Release | None:
    """The release that `current` points at, None before the first.

    Raises:
        ReleaseError: the link points at nothing, or at a release whose record cannot be read.
    """
    if current_id(settings) is None:
        return None
    try:
        return Release.load(current_folder(settings) / RECORD)
    except ContractError as error:
        raise ReleaseError(
            f"the current release is torn: {error.what}",
            where=error.where,
            fix="go back to one that is whole: make rollback. `make verify-release` says which are",
        ) from None


def readable_current(settings: Settings) -> Release | None:
    """The same, and None when it cannot be read: for those who put another in its place."""
    try:
        return current_release(settings)
    except ReleaseError as error:
        log.warning("%s (%s)", error.what, error.fix)
        return None


def must_have_current(settings: Settings) -> Release:
    """The current release.

    Raises:
        ReleaseError: nothing is published yet, or it cannot be read.
    """
    # the folder says what is missing
    current_folder(settings)
    release = current_release(settings)
    assert release is not None, "a link was there a moment ago, and nobody removes it"
    return release


def point_at(settings: Settings, release: Release) -> None:
    """Make `release` the current one. Hold the lock."""
    if current_id(settings) != release.release_id:
        point_link(link(settings), folder_of(settings, release))


def find_release(settings: Settings, release_id: str) -> Release:
    """The kept release of that name.

    Raises:
        ReleaseError: there is none, or it is torn.
    """
    whole, torn = read_releases(settings.releases_dir)
    for release in whole:
        if release.release_id == release_id:
            return release
    kept = ", ".join(release.release_id for release in whole) or "none"
    problem = next((one.problem for one in torn if one.release_id == release_id), None)
    raise ReleaseError(
        f"there is no release {release_id}" if problem is None else f"release {release_id} is torn: {problem}",
        where=str(settings.releases_dir),
        fix=f"kept are: {kept}",
    )


def find_held(settings: Settings, hold: Hold) -> Release:
    """The release that is held.

    Raises:
        ReleaseError: it is gone or torn. Readers stay where they are, and nothing is published over a hold.
    """
    try:
        return find_release(settings, hold.release_id)
    except ReleaseError as error:
        raise ReleaseError(
            f"{hold}, and {error.what}",
            where=str(hold_file(settings.releases_dir)),
            fix=f"hold another one: make rollback TO=<id>, or hold none: make rollforward ({error.fix})",
        ) from None


def built_at(release: Release) -> datetime:
    """When its candidate was exported; releases of before 2026-11-29 only say when they were published."""
    return release.built_at or release.published_at


def remove_leftovers(settings: Settings) -> None:
    """Remove what a killed process left: unfinished releases and half-removed ones. Hold the lock."""
    with storage_errors(settings.releases_dir):
        for leftover in settings.releases_dir.glob(".*"):
            if leftover.is_symlink() or leftover.is_file():
                leftover.unlink()
            elif leftover.name.endswith((".tmp", ".removed")):
                shutil.rmtree(leftover)


def remove_old(settings: Settings) -> list[str]:
    """Remove all but the newest `keep_releases`. Hold the lock.

    Always kept: the current release, the two before it (by time, and by what readers had), the one that is held, and
    for a while each that was just replaced. What is torn stays for a person to look at.
    """
    now = must_have_current(settings)
    releases = kept_releases(settings)
    before = next((release.release_id for release in releases if release.published_at < now.published_at), None)
    hold = hold_in(settings.releases_dir)
    safe = {now.release_id, before, now.previous, hold.release_id if hold else None}
    old = [
        release.release_id
        for release in releases[settings.keep_releases :]
        if release.release_id not in safe and not _just_replaced(settings, release)
    ]
    for release_id in old:
        remove_tree(settings.releases_dir / release_id)
    return old


def _just_replaced(settings: Settings, release: Release) -> bool:
    # its time is that of the switch that led readers elsewhere (point_link)
    age = time.time() - folder_of(settings, release).stat().st_mtime
    # a clock that was set back must not keep it for ever
    return 0 <= age < settings.reader_grace_minutes * 60
