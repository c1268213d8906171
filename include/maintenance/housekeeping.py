"""Retention of candidates, abandoned batches and old notes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from include.common.clock import utc_now
from include.common.errors import ContractError
from include.common.files import remove_tree
from include.contracts.acceptance import LONGEST_DAYS, accepted_folder, refused_folder
from include.contracts.release import RECORD, Release
from include.settings import Settings

log = logging.getLogger("entangled")

# a candidate older than this was refused or replaced, and somebody has had time to look at it
KEEP_CANDIDATES = timedelta(days=14)
# events of lineage that a server had no time to read, and that the picture of a release is drawn from
KEEP_LINEAGE = timedelta(days=90)
# a batch in progress is resumed by the next run, a day later; after so many nobody will
KEEP_OPEN_BATCHES = timedelta(days=30)
# what a killed process has left: no task runs longer than six hours (dags/shared.py)
KEEP_UNFINISHED = timedelta(days=1)


def clean_up(settings: Settings, now: datetime | None = None) -> list[Path]:
    """Remove old candidates, abandoned open batches, what killed processes left, old notes of what was refused and
    accepted, and old events of lineage, as old as they are `now`; returns what was removed."""
    now = now or utc_now()
    old = [
        *_older(settings.build_dir.glob("*/"), KEEP_CANDIDATES, now),
        *_older(settings.raw_zone.glob("*/.batch=*.open/"), KEEP_OPEN_BATCHES, now),
        *_older(unfinished(settings), KEEP_UNFINISHED, now),
        *_older(refused_folder(settings.home).glob("*.json"), KEEP_CANDIDATES, now),
        # later than its last day an acceptance lets nothing through; the release tells of it
        *_older(accepted_folder(settings.home).glob("*.json"), timedelta(days=LONGEST_DAYS + 1), now),
        *_older((settings.home / "lineage").glob("events-*.ndjson"), _age_of_events(settings, now), now),
    ]
    for place in old:
        log.info("removing %s", place)
        if place.is_dir():
            remove_tree(place)
        else:
            place.unlink(missing_ok=True)
    return old


def _older(places: Iterable[Path], age: timedelta, now: datetime) -> list[Path]:
    limit = (now - age).timestamp()
    found = []
    for place in places:
        # who is at work takes its own away meanwhile
        with suppress(FileNotFoundError):
            if place.stat().st_mtime < limit:
                found.append(place)
    return sorted(found)


def _age_of_events(settings: Settings, now: datetime) -> timedelta:
    """From which age on files of events go: older than the build of the release that readers have now, at least."""
    try:
        built_at = Release.load(settings.releases_dir / "current" / RECORD).built_at
    except ContractError:
        return KEEP_LINEAGE
    # its first events are of its build, which may have begun the day before
    return max(KEEP_LINEAGE, now - built_at + timedelta(days=2)) if built_at else KEEP_LINEAGE


def unfinished(settings: Settings) -> Iterator[Path]:
    """What processes write aside and take away when they end, unless they are killed."""
    yield from settings.typed_zone.glob(".batch=*/")
    yield from (settings.home / "tmp").glob("*")
    yield from settings.progress_dir.glob("*")
    for zone in (settings.raw_zone, settings.build_dir, settings.home / "health", settings.home / "alerts"):
        # as write_atomic names them until they are whole
        yield from zone.rglob(".*.tmp")
    yield from settings.home.glob(".*.tmp")
