"""Writing tombstones: one batch of the entity `tombstones`, through the same manifest and gate as every other batch.

Whoever finds out that records are gone (a check by id, a snapshot's list of deleted ids) calls `write_tombstones` with
the evidence. Nothing is removed here: later stages leave the records out, and a younger version brings them back.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from include.common.clock import utc_now
from include.contracts.acceptance import clear_refusal, judged, refuse
from include.contracts.batch import BatchManifest, DataOrigin, Query, Window
from include.contracts.content import content_hash
from include.contracts.scope import ResolvedScope
from include.contracts.tombstone import Tombstone
from include.raw_zone import gate
from include.raw_zone.writer import BatchWriter, SeenRecord, Tally
from include.settings import Settings

log = logging.getLogger("entangled.raw_zone")

RECORDS_A_PAGE = 1_000


@dataclass(frozen=True)
class Finding:
    """How the tombstones of one batch were found. `known`: records of their entity that were there before."""

    window: Window
    query: Query
    source: str
    data_origin: DataOrigin
    known: int
    requests: int = 0
    credits: int = 0


def write_tombstones(
    settings: Settings, scope: ResolvedScope, finding: Finding, tombstones: Sequence[Tombstone]
) -> BatchManifest:
    """Commit `tombstones`, one for each id, as one batch. The caller holds a lock on `finding.window`.

    Raises:
        Refused: too many are gone at once, or the batch is not sane. Nothing is taken back.
        StorageError: the disk failed. Nothing is taken back.
    """
    require_few_gone(settings, finding.window, len(tombstones), finding.known)
    writer = BatchWriter.open(settings, "tombstones", finding.window, finding.query, first_cursor="0", resume=False)
    for start in range(0, len(tombstones), RECORDS_A_PAGE):
        part = tombstones[start : start + RECORDS_A_PAGE]
        following = start + len(part)
        first = start == 0
        writer.append(
            [tombstone.model_dump_json().encode() for tombstone in part],
            [_seen(tombstone) for tombstone in part],
            Tally(
                received=len(part),
                stored=len(part),
                requests=finding.requests if first else 0,
                credits=finding.credits if first else 0,
            ),
            next_cursor=str(following) if following < len(tombstones) else None,
            expected=len(tombstones),
            data_origin=finding.data_origin,
        )
    manifest = _manifest(settings, scope, finding, writer, tombstones)
    if gate.blocks(manifest.checks):
        raise writer.reject(manifest)
    writer.commit(manifest)
    clear_refusal(gate.subject(settings, finding.window.window_id))
    return manifest


def require_few_gone(settings: Settings, window: Window, gone: int, known: int) -> None:
    """Stop when so many records are gone at once that the source is more likely broken than right.

    Raises:
        Refused: more than `gate.few_gone` allows, and nobody accepted it. Nothing was written.
    """
    subject = gate.subject(settings, window.window_id)
    checks = judged(subject, (gate.few_gone(gone, known),))
    if gate.blocks(checks):
        raise refuse(
            subject,
            checks,
            what="gate 1 takes nothing back",
            where=str(settings.raw_zone),
            fix="look whether the source has a bad day; the records stay, and the next run checks them again",
        )


def _seen(tombstone: Tombstone) -> SeenRecord:
    record = tombstone.model_dump(mode="json", include={"entity", "id", "reason", "merged_into_id"})
    return SeenRecord(record_id=tombstone.id, content_hash=content_hash(record))


def _manifest(
    settings: Settings,
    scope: ResolvedScope,
    finding: Finding,
    writer: BatchWriter,
    tombstones: Sequence[Tombstone],
) -> BatchManifest:
    state, pages = writer.state, writer.pages()
    ids = len({tombstone.id for tombstone in tombstones})
    checks = (
        *gate.judge(writer.folder, pages, state.tally, expected=len(tombstones), distinct_ids=ids, before=None),
        gate.few_gone(len(tombstones), finding.known),
    )
    return BatchManifest(
        batch_id=state.batch_id,
        entity="tombstones",
        source=finding.source,
        data_origin=finding.data_origin,
        strategy=settings.strategy,
        scope_id=scope.scope_id,
        fetch_version=scope.fetch_version,
        window=finding.window,
        query=finding.query,
        expected=len(tombstones),
        received=state.tally.received,
        unchanged=0,
        stored=state.tally.stored,
        duplicates=0,
        gone=0,
        pages=pages,
        started_at=state.started_at,
        ended_at=utc_now(),
        requests=state.tally.requests,
        credits=state.tally.credits,
        api_generation="not told",
        checks=judged(gate.subject(settings, finding.window.window_id), checks),
    )
