"""Retention of candidates, abandoned batches and old notes."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from include.common.clock import utc_now
from include.common.files import remove_tree
from include.contracts.acceptance import LONGEST_DAYS, accepted_folder, refused_folder
from include.settings import Settings

log = logging.getLogger("entangled")

# a candidate older than this was refused or replaced, and somebody has had time to look at it
KEEP_CANDIDATES = timedelta(days=14)
# a batch in progress is resumed by the next run, a day later; after so many nobody will
KEEP_OPEN_BATCHES = timedelta(days=30)


def clean_up(settings: Settings) -> list[Path]:
    """Remove old candidates, abandoned open batches, and old notes of what was refused and accepted; returns what was
    removed."""
    old = [
        *_older(settings.build_dir.glob("*/"), KEEP_CANDIDATES),
        *_older(settings.raw_zone.glob("*/.batch=*.open/"), KEEP_OPEN_BATCHES),
    ]
    for folder in old:
        log.info("removing %s", folder)
        remove_tree(folder)
    notes = [
        *_older(refused_folder(settings.home).glob("*.json"), KEEP_CANDIDATES),
        # later than its last day an acceptance lets nothing through; the release tells of it
        *_older(accepted_folder(settings.home).glob("*.json"), timedelta(days=LONGEST_DAYS + 1)),
    ]
    for note in notes:
        log.info("removing %s", note)
        note.unlink(missing_ok=True)
    return [*old, *notes]


def _older(places: Iterable[Path], age: timedelta) -> list[Path]:
    limit = (utc_now() - age).timestamp()
    return sorted(place for place in places if place.stat().st_mtime < limit)
