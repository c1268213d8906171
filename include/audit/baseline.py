"""The release that a candidate is compared with: the newest whole one of the same source and scope.

Whichever release is current says nothing: another source may be published beside this one, and a rollback points back.
A release that a person rolled back from held something wrong, so it is no measure for what comes after it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from include.common.files import sha256_file
from include.contracts.candidate import Lineage
from include.contracts.hold import hold_in
from include.contracts.release import Release, read_releases
from include.settings import Settings

log = logging.getLogger("entangled")


@dataclass(frozen=True)
class Baseline:
    """The release to compare with, or in `reason` why there is none.

    `earlier` are the releases of the same source and scope before it, newest first: what clean movements look like.
    """

    release: Release | None
    folder: Path
    reason: str
    earlier: tuple[Release, ...] = ()

    @property
    def parquet(self) -> Path:
        return self.folder / "parquet"


def find_baseline(settings: Settings, lineage: Lineage) -> Baseline:
    """The newest release of the same source and scope that is whole and that nobody rolled back from.

    A scope that asks for other works, groups or years is the same scope: `comparable.py` says what that moves.
    """
    folder = settings.releases_dir
    kept = _readable(folder)
    if not kept:
        return Baseline(None, folder, "there is no release to compare with")
    alike = [release for release in kept if release.scope_id == lineage.scope_id and _is_of_source(release, lineage)]
    if not alike:
        return Baseline(None, folder, _no_other(kept, lineage))
    left = rolled_back_from(folder)
    faults = {}
    for place, release in enumerate(alike):
        if fault := _fault(folder, release, left):
            faults[release.release_id] = fault
            log.warning("gate 3: release %s is no baseline: %s", release.release_id, fault)
            continue
        earlier = tuple(each for each in alike[place + 1 :] if each.release_id not in left)
        return Baseline(release, folder / release.release_id, "", earlier)
    found = "; ".join(f"{release_id} {fault}" for release_id, fault in faults.items())
    return Baseline(None, folder, f"no release of this source and scope can be compared with: {found}")


def newest_of_scope(settings: Settings, scope_id: str) -> Baseline:
    """The newest whole release of this scope that nobody rolled back from, of whatever source."""
    folder = settings.releases_dir
    left = rolled_back_from(folder)
    for release in _readable(folder):
        if release.scope_id == scope_id and not _fault(folder, release, left):
            return Baseline(release, folder / release.release_id, "")
    return Baseline(None, folder, f"there is no release of scope {scope_id} to compare with")


def _readable(folder: Path) -> list[Release]:
    """Every release whose record can be read, newest first: a torn one hides no other."""
    releases, torn = read_releases(folder)
    for each in torn:
        log.warning("gate 3: release %s is no baseline: %s", each.release_id, each.problem)
    return releases


def _is_of_source(release: Release, lineage: Lineage) -> bool:
    if release.data_origin != lineage.data_origin:
        return False
    # one of before November 2026 names no source; a home's batches come from one
    return release.source == lineage.source if release.source else bool({*release.batches} & {*lineage.batches})


def _no_other(kept: Sequence[Release], lineage: Lineage) -> str:
    newest = kept[0]
    return (
        f"none of the {len(kept)} releases that are kept is of source {lineage.source or lineage.data_origin} and "
        f"scope {lineage.scope_id}; the newest, {newest.release_id}, is of "
        f"{newest.source or newest.data_origin} and {newest.scope_id}"
    )


def rolled_back_from(folder: Path) -> frozenset[str]:
    """Ids of the releases that a person rolled back from; none when nothing is held."""
    hold = hold_in(folder)
    return frozenset(hold.rolled_back_from) if hold else frozenset()


def _fault(folder: Path, release: Release, left: frozenset[str]) -> str:
    """Why this release cannot be compared with; empty when it can."""
    if release.release_id in left:
        return "was rolled back from"
    for table in release.tables:
        file = folder / release.release_id / "parquet" / f"{table.name}.parquet"
        if not file.is_file():
            return f"is torn: {file.name} is missing"
        if sha256_file(file) != table.sha256:
            return f"is torn: {file.name} is not the file that was published"
    return ""
