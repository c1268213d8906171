"""The ledger: what was asked last, when, and what came back. It decides what need not be asked again.

`raw/<entity>/_sweeps/<window_id>.json`, one small file a window, replaced atomically after every complete sweep,
whether or not that sweep made a batch. One file a window instead of one log: parallel windows never write the same
file, and a crash leaves the old record or the new one. When the file is missing (a crash between commit and ledger),
the manifests of the batches answer instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar, Literal

from include.contracts.base import HandOver
from include.contracts.batch import BatchManifest, DataOrigin, Entity, Query
from include.raw_zone.batches import list_batches
from include.raw_zone.layout import SWEEPS, entity_folder
from include.settings import Settings


class Sweep(HandOver):
    """The last complete sweep of a window: `records` is distinct records, as many as the source counted (`expected`).

    `gone_ids` were known for the window and did not come back. When only what was updated was asked for, `received` is
    None, `records` what the window holds all the same, and `swept_whole_at` tells of the sweep before that brought it
    all. The fields with defaults are missing in ledgers of earlier versions.
    """

    what_it_is: ClassVar[str] = "sweep record"

    schema_version: Literal[1] = 1
    entity: Entity
    window_id: str
    query: Query
    fetch_version: str
    data_origin: DataOrigin
    records: int
    batch_id: str | None
    gone_ids: tuple[str, ...] = ()
    swept_at: datetime
    begun_at: datetime | None = None
    swept_whole_at: datetime | None = None
    expected: int | None = None
    received: int | None = None
    requests: int | None = None
    credits: int | None = None

    @property
    def known_until(self) -> date:
        """What the source changed until this day came with the sweep, and perhaps some that it changed on it."""
        return (self.begun_at or self.swept_at).date()

    @property
    def whole_at(self) -> datetime:
        """When all of the window was read."""
        return self.swept_whole_at or self.swept_at


def save_sweep(settings: Settings, sweep: Sweep) -> None:
    """Replace the window's record."""
    sweep.save(_file(settings, sweep.entity, sweep.window_id))


def last_sweeps(settings: Settings, entity: Entity) -> dict[str, Sweep]:
    """The last complete sweep of every window of `entity`, by window id."""
    # a batch of updates holds a part of its window only: without a ledger, the whole sweep before it counts
    whole = (batch for batch in list_batches(settings, entity) if not batch.query.is_of_updates)
    sweeps = {sweep.window_id: sweep for sweep in map(_from_manifest, whole)}
    for sweep in _recorded(settings, entity):
        known = sweeps.get(sweep.window_id)
        if known is None or known.swept_at <= sweep.swept_at:
            sweeps[sweep.window_id] = sweep
    return sweeps


def complete_ledger(settings: Settings, entity: Entity) -> int:
    """Write the records that are missing where manifests answer instead; returns how many.

    What reads the ledger as files (dbt) would take their windows for never swept: after a crash between commit and
    ledger, and in a home whose batches came from the object store.
    """
    recorded = {sweep.window_id: sweep.swept_at for sweep in _recorded(settings, entity)}
    missing = [
        sweep
        for window_id, sweep in last_sweeps(settings, entity).items()
        if window_id not in recorded or recorded[window_id] < sweep.swept_at
    ]
    for sweep in missing:
        save_sweep(settings, sweep)
    return len(missing)


def _recorded(settings: Settings, entity: Entity) -> Iterable[Sweep]:
    folder = entity_folder(settings, entity) / SWEEPS
    if not folder.is_dir():
        return []
    return [Sweep.load(file) for file in sorted(folder.glob("*.json")) if not file.name.startswith(".")]


def _from_manifest(manifest: BatchManifest) -> Sweep:
    return Sweep(
        entity=manifest.entity,
        window_id=manifest.window.window_id,
        query=manifest.query,
        fetch_version=manifest.fetch_version,
        data_origin=manifest.data_origin,
        records=manifest.received - manifest.duplicates,
        batch_id=manifest.batch_id,
        swept_at=manifest.ended_at,
        begun_at=manifest.started_at,
        expected=manifest.expected,
        received=manifest.received,
        requests=manifest.requests,
        credits=manifest.credits,
    )


def _file(settings: Settings, entity: Entity, window_id: str) -> Path:
    return entity_folder(settings, entity) / SWEEPS / f"{window_id}.json"
