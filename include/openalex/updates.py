"""The `updated_since` strategy: of a window that is known, ask only for what the source changed since then.

A list of updates never shows a work that was deleted, merged or moved out of the window. So the source's count of the
whole window is held against what is known after the updates are in: when it is another, the window is swept whole.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from include.common.clock import utc_now
from include.contracts.batch import Window
from include.contracts.scope import ResolvedScope
from include.openalex.client import Client
from include.openalex.listing import count
from include.openalex.models import ExtractSummary
from include.openalex.queries import works_query
from include.openalex.snapshot.models import CompleteLoad
from include.raw_zone.known import KnownRecords
from include.raw_zone.sweeps import Sweep, save_sweep
from include.raw_zone.writer import open_batches
from include.settings import Settings

log = logging.getLogger("entangled.openalex")

# the source tells the day of an update and no hour, and a day is not over when it is asked for
OVERLAP = timedelta(days=1)


def known_since(earlier: Sweep | None, loaded: CompleteLoad | None) -> date | None:
    """The day from which updates of a window are missing; None when it was never loaded.

    `earlier` is its last sweep with the query of today, `loaded` the last whole snapshot with the scope of today.
    """
    if loaded is not None and _is_of_snapshot(earlier, loaded):
        return loaded.snapshot.newest - OVERLAP
    return earlier.known_until - OVERLAP if earlier is not None else None


def _is_of_snapshot(earlier: Sweep | None, loaded: CompleteLoad) -> bool:
    """Whether the snapshot brought the window: it leaves out what was swept after its day."""
    return earlier is None or earlier.swept_at.date() <= loaded.snapshot.newest


def begun_at(settings: Settings, window: Window) -> datetime:
    """When the sweep that is in progress for the window was begun, now when there is none."""
    open_here = (batch for batch in open_batches(settings, "works") if batch.window.window_id == window.window_id)
    return min((batch.started_at for batch in open_here), default=utc_now())


def settle(
    settings: Settings,
    scope: ResolvedScope,
    window: Window,
    updates: ExtractSummary,
    begun: datetime,
    *,
    client: Client,
    earlier: Sweep | None,
    loaded: CompleteLoad | None,
) -> bool:
    """Whether the window holds, with its updates, as many works as the source counts. If so, the ledger says so."""
    query = works_query(scope, window)
    now = count(client, query)
    known = _known_now(settings, window, updates, earlier, loaded)
    if now != known:
        log.info("%s: the source counts %s works, and %s are known; sweeping it whole", window.title, now, known)
        return False
    if earlier is not None:
        origin, whole_at, gone = earlier.data_origin, earlier.whole_at, earlier.gone_ids
    elif loaded is not None:
        origin, whole_at, gone = loaded.snapshot.data_origin, loaded.completed_at, ()
    else:
        raise AssertionError("unreachable: a window that was never loaded has no updates")
    save_sweep(
        settings,
        Sweep(
            entity="works",
            window_id=window.window_id,
            query=query,
            fetch_version=scope.fetch_version,
            data_origin=origin,
            records=now,
            batch_id=updates.batch_id,
            gone_ids=gone,
            swept_at=utc_now(),
            begun_at=begun,
            swept_whole_at=whole_at,
            expected=now,
            requests=updates.requests,
            credits=updates.credits,
        ),
    )
    return True


def _known_now(
    settings: Settings, window: Window, updates: ExtractSummary, earlier: Sweep | None, loaded: CompleteLoad | None
) -> int:
    if earlier is not None and (loaded is None or not _is_of_snapshot(earlier, loaded)):
        return earlier.records + updates.entered
    # a snapshot does not tell how many works of a window it holds
    with KnownRecords(settings, "works", window) as known:
        return len(known.window_ids)
