"""Works that the snapshot lists as gone: deleted_ids.csv (layout of 2026) and merged_ids (legacy) become tombstones.

Both lists are cumulative and of the whole source; only works that are known here count. A work that the API listed
after the day on which the list takes it back is left to the check by id (vanished.py), which asks.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date
from typing import NamedTuple

from include.common.clock import utc_now
from include.contracts.batch import Query, Window
from include.contracts.scope import ResolvedScope
from include.contracts.tombstone import Tombstone
from include.openalex.snapshot.models import WINDOW_PREFIX, Snapshot
from include.openalex.snapshot.store import Store, reading
from include.raw_zone.known import KnownRecords
from include.raw_zone.tombstones import Finding, write_tombstones
from include.raw_zone.writer import abandon_open
from include.settings import Settings

log = logging.getLogger("entangled.openalex")

IDS_AT_ONCE = 10_000


class _Gone(NamedTuple):
    work_id: str
    day: date
    merged_into: str | None


def take_back(
    settings: Settings, scope: ResolvedScope, store: Store, snapshot: Snapshot, as_of: Mapping[str, date]
) -> int:
    """Write tombstones for known works that are listed as gone; returns how many. `as_of`: by window, the day until
    which its works are known.

    Raises:
        SnapshotFault: a list cannot be read.
        GateFailed: too many are gone at once. Nothing is taken back.
    """
    files = _lists(store, snapshot)
    if not files:
        log.info("%s: no list of deleted or merged works", snapshot.title)
        return 0
    window_id = f"{WINDOW_PREFIX}gone"
    abandon_open(settings, "tombstones", window_id)
    with KnownRecords(settings, "works") as known:
        found = [each for each in _listed(store, snapshot, files, known) if _is_news(each, known, as_of)]
        of = known.count()
    if not found:
        return 0
    write_tombstones(
        settings,
        scope,
        Finding(
            window=Window(window_id=window_id, title=f"works that the {snapshot.title} lists as gone"),
            query=Query(
                path=snapshot.root,
                filter=f"lists of manifest {snapshot.manifest_sha256[:12]}",
                select="id",
                sort=None,
                per_page=len(files),
            ),
            source=snapshot.root,
            data_origin=snapshot.data_origin,
            known=of,
        ),
        [_tombstone(each, snapshot) for each in found],
    )
    return len(found)


def _lists(store: Store, snapshot: Snapshot) -> list[str]:
    if snapshot.layout == "2026":
        return store.names(f"{snapshot.root}/deleted_ids.csv")
    return store.names(f"{snapshot.root.removesuffix('/works')}/merged_ids/works/*.csv.gz")


def _listed(store: Store, snapshot: Snapshot, files: list[str], known: KnownRecords) -> list[_Gone]:
    """Of the listed works those that are known here, each once, as listed last."""
    columns = (
        ("work_id", "deleted_date", "null") if snapshot.layout == "2026" else ("id", "merge_date", "merge_into_id")
    )
    work_id, day, into = columns
    with ExitStack() as stack:
        here = [stack.enter_context(store.at_hand(file)) for file in files]
        stack.enter_context(reading(files[0]))
        store.connection.execute(
            f"""
            create or replace temp table listed as
            select parse_path({work_id})[-1] as work_id, {day}::date as day, parse_path({into})[-1] as merged_into
            from read_csv(?, header = true, all_varchar = true, hive_partitioning = false)
            qualify row_number() over (partition by work_id order by day desc, merged_into) = 1
            """,
            [here],
        )
    found: list[_Gone] = []
    ids = [row[0] for row in store.connection.execute("select work_id from listed order by work_id").fetchall()]
    for start in range(0, len(ids), IDS_AT_ONCE):
        here = sorted(known.windows(ids[start : start + IDS_AT_ONCE]))
        rows = store.connection.execute(
            "select work_id, day, merged_into from listed where work_id in (select unnest(?)) order by work_id", [here]
        ).fetchall()
        found += [_Gone(*row) for row in rows]
    return found


def _is_news(gone: _Gone, known: KnownRecords, as_of: Mapping[str, date]) -> bool:
    window_id = known.windows([gone.work_id])[gone.work_id]
    seen_on = as_of.get(window_id)
    return seen_on is None or gone.day >= seen_on


def _tombstone(gone: _Gone, snapshot: Snapshot) -> Tombstone:
    merged_into = gone.merged_into if gone.merged_into != gone.work_id else None
    return Tombstone(
        entity="works",
        id=gone.work_id,
        reason="merged" if merged_into else "deleted",
        merged_into_id=merged_into,
        evidence={"list": snapshot.root, "manifest": snapshot.manifest_sha256, "gone_on": gone.day.isoformat()},
        seen_at=utc_now(),
    )
