"""What a build is expected to take on disk, said before it starts."""

from __future__ import annotations

import logging
import shutil

from include.contracts.typed import TypedManifest
from include.settings import Settings

log = logging.getLogger("entangled")

# bytes. A million works of the sandbox take 1.6 GB: warehouse 0.9, candidate 0.1, release 0.6
# (docs/operating/timing.md). The rest is for spills, and because real works have longer titles and addresses
DISK_PER_WORK = 4_000
# below it nobody needs to think of a disk
WORTH_SAYING_BYTES = 500_000_000


def expected_bytes(settings: Settings, batches: list[TypedManifest]) -> int:
    """Bytes that the coming build, its candidate and its release may add to the home's disk, at least 0."""
    works = sum(batch.records_typed for batch in batches if batch.entity == "works")
    file = settings.warehouse_file
    held = file.stat().st_size if file.is_file() else 0
    return max(0, works * DISK_PER_WORK - held)


def say_expected_disk(settings: Settings, batches: list[TypedManifest]) -> None:
    """Log what the build may take, where that is much, and warn where less is free."""
    expected = expected_bytes(settings, batches)
    if expected < WORTH_SAYING_BYTES:
        return
    free = shutil.disk_usage(settings.home).free
    level = logging.INFO if expected <= free else logging.WARNING
    log.log(
        level,
        "this build may take %.1f GB of disk (warehouse, spills, candidate, release); %.1f GB are free in %s",
        expected / 1e9,
        free / 1e9,
        settings.home,
    )
