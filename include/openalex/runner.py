"""The loop: fetch pages, let the worker judge them, write what it says, prove the sweep complete, pass gate 1, commit.

Works, references and totals all go through it; they differ in the `SweepTask` alone. The next page is fetched while the
page before is judged and packed (cursors are sequential, so one page ahead is all there is to gain), and so are works
that the page shows cut.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from include.common.clock import utc_now
from include.common.progress import Progress
from include.contracts.acceptance import clear_refusal, judged
from include.contracts.batch import BatchManifest, Entity, Query, Window
from include.openalex.errors import CursorLost, IncompleteWindow, MixedOrigins
from include.openalex.models import ExtractSummary
from include.openalex.queries import without_updates
from include.openalex.windows import are_nested
from include.openalex.worker import NO_ID, Completed, Completing, Judgement, Record, SourcePage, Worker
from include.raw_zone import gate
from include.raw_zone.batches import list_batches
from include.raw_zone.known import KnownRecords
from include.raw_zone.sweeps import Sweep, last_sweeps, save_sweep
from include.raw_zone.writer import BatchWriter, OpenBatch, abandon_open
from include.settings import Settings

log = logging.getLogger("entangled.openalex")

SWEEPS_BEFORE_GIVING_UP = 2
# of one window: the next page, and works whose list of authors the page cut
REQUESTS_AT_ONCE = 4
# a window that lost works names them in its ledger; beyond this many the number has to do
MOST_GONE_IDS_KEPT = 10_000


@dataclass(frozen=True)
class SweepTask:
    """One window to sweep. `resumable` False: its cursors mean something within one run only."""

    entity: Entity
    scope_id: str
    fetch_version: str
    window: Window
    query: Query
    first_cursor: str
    fetch_page: Callable[[str], SourcePage]
    judgement: Judgement
    complete: Callable[[Record], Completed | None] | None = None
    resumable: bool = True
    # a list of works is the whole window; records fetched by id say nothing about those not asked for
    shows_whole_window: bool = True
    # a list of what was updated: the window's other records are as they were, and the caller keeps the ledger
    only_updates: bool = False
    # a snapshot's parts count a record as often as they hold it, and the API each once
    counts_repeats: bool = False
    # where the records came from and when they were so, when that is not the API and now
    source: str | None = None
    as_of: datetime | None = None
    strategy: str | None = None
    # names that earlier programs gave to the same fetch version
    former_versions: tuple[str, ...] = ()
    expected: int | None = field(default=None)


def sweep(settings: Settings, task: SweepTask) -> ExtractSummary:
    """Sweep the window, and once more if the first sweep was not complete. The caller holds the window's lock.

    Raises:
        CursorLost: the source did not keep its cursors in both sweeps. Nothing is kept.
        IncompleteWindow: both sweeps ended with another number of records than the source counts. Nothing is kept.
        GateFailed: gate 1 kept the batch out; it lies in `raw/_rejected/`.
        MixedOrigins: the source's data is of another kind than this home's. Nothing was written.
        SourceError: the source failed; the pages so far are kept and the next call goes on there.
        StorageError: the disk failed; as before.
    """
    for attempt in range(1, SWEEPS_BEFORE_GIVING_UP + 1):
        try:
            return _sweep_once(settings, task)
        except (IncompleteWindow, CursorLost) as error:
            # what was gathered with a cursor that is lost cannot be gone on with
            abandon_open(settings, task.entity, task.window.window_id)
            if attempt == SWEEPS_BEFORE_GIVING_UP:
                raise
            log.warning("%s; sweeping the window again", error.what)
    raise AssertionError("unreachable: the last sweep returns or raises")


def _sweep_once(settings: Settings, task: SweepTask) -> ExtractSummary:
    started = time.monotonic()
    before = last_sweeps(settings, task.entity)
    writer = BatchWriter.open(
        settings, task.entity, task.window, task.query, first_cursor=task.first_cursor, resume=task.resumable
    )
    is_whole = task.shows_whole_window and not task.only_updates
    with KnownRecords(settings, task.entity, task.window) as known:
        seen = _collect(settings, task, writer, known, before)
        gone = _gone(settings, task, known, seen, before) if is_whole else []
        entered = _entered(task, known, seen) if task.only_updates else 0
    _require_complete(task, writer)
    earlier = before.get(task.window.window_id)
    same_query = earlier if earlier is not None and earlier.query == task.query else None
    # by its batch it is known which works came by the new question, also when none of them is new
    is_new_question = bool(is_whole and earlier is not None and same_query is None and seen)
    seconds = time.monotonic() - started
    summary = _close(settings, task, writer, gone, same_query, len(seen), seconds, keep=is_new_question)
    return summary.model_copy(update={"entered": entered})


def _gone(
    settings: Settings, task: SweepTask, known: KnownRecords, seen: set[str], before: dict[str, Sweep]
) -> list[str]:
    """Ids that the window held and that did not come: those that came by the same question, or by a snapshot with the
    same scope. Another question may well leave them out, as one without a topic does with that topic's works."""
    missing = [each for each in known.window_ids if each not in seen and not each.startswith(NO_ID)]
    if not missing:
        return []
    came_with, came_in = known.windows(missing), known.batches(missing)
    # the ledger has the last question alone, and a work may be known by one before it
    asked = {batch.batch_id: without_updates(batch.query) for batch in list_batches(settings, task.entity)}

    def should_come(record_id: str) -> bool:
        sweep = before.get(came_with[record_id])
        if sweep is not None and sweep.window_id == task.window.window_id:
            return sweep.query == task.query == asked.get(came_in[record_id])
        return sweep is not None and sweep.fetch_version in {task.fetch_version, *task.former_versions}

    return sorted(filter(should_come, missing))


def _entered(task: SweepTask, known: KnownRecords, seen: set[str]) -> int:
    """How many of the records the window did not hold before."""
    others = [each for each in seen if each not in known.window_ids]
    came_with = known.windows(others) if others else {}
    # the whole was swept before its half, or the halves before the whole: then the record was here
    return sum(not are_nested(came_with.get(each, ""), task.window.window_id) for each in others)


def _collect(
    settings: Settings, task: SweepTask, writer: BatchWriter, known: KnownRecords, before: dict[str, Sweep]
) -> set[str]:
    """Write every page that is still missing. Returns the ids of all records of the batch."""
    seen = {record.record_id for record in writer.seen()}
    if seen:
        log.info("%s: going on after %s records", task.window.title, f"{writer.state.tally.received:,}")
    with (
        _fetching(task) as (fetch_page, complete),
        Progress(
            "extract", task.window.title, total=task.expected, unit="records", folder=settings.progress_dir
        ) as progress,
    ):
        progress.add(writer.state.tally.received)
        worker = Worker(fetch_page, known.hashes, task.judgement, complete=complete, seen_ids=seen)
        for outcome in worker.outcomes(writer.state.next_cursor):
            _require_same_origin(task, outcome.page, before)
            progress.total = outcome.page.expected
            writer.append(
                outcome.lines,
                outcome.seen,
                outcome.tally,
                next_cursor=outcome.page.next_cursor,
                expected=outcome.page.expected,
                data_origin=outcome.page.origin,
                generations=sorted(outcome.generations),
            )
            progress.add(outcome.tally.received)
    return worker.seen_ids


@contextmanager
def _fetching(task: SweepTask) -> Iterator[tuple[Callable[[str], SourcePage], Completing | None]]:
    """The task's `fetch_page`, with the page after the one asked for under way already, and its `complete`, begun at
    once and waited for when it is needed."""
    pool = ThreadPoolExecutor(max_workers=REQUESTS_AT_ONCE, thread_name_prefix="fetch")
    ahead: dict[str, Future[SourcePage]] = {}

    def fetch(cursor: str) -> SourcePage:
        waiting = ahead.pop(cursor, None)
        page = waiting.result() if waiting is not None else task.fetch_page(cursor)
        if page.next_cursor is not None:
            ahead[page.next_cursor] = pool.submit(task.fetch_page, page.next_cursor)
        return page

    complete = task.complete
    try:
        yield fetch, None if complete is None else lambda record: pool.submit(complete, record).result
    finally:
        pool.shutdown(cancel_futures=True)


def _require_same_origin(task: SweepTask, page: SourcePage, before: dict[str, Sweep]) -> None:
    others = {sweep.data_origin for sweep in before.values()} - {page.origin}
    if others:
        raise MixedOrigins(
            f"the source sends {page.origin} data, and this home holds {', '.join(sorted(others))} data",
            where=task.window.window_id,
            fix="use another ENTANGLED_HOME for this source, or point OPENALEX_BASE_URL at the one this home is of",
        )


def _require_complete(task: SweepTask, writer: BatchWriter) -> None:
    """Records may come and go while we read, so the count at the start and the count at the end are both good."""
    state = writer.state
    if state.tally.distinct == _source_count(task, state):
        return
    writer.abandon()
    raise IncompleteWindow(
        f"{task.window.title} ended after {state.tally.distinct:,} records, and the source counts "
        f"{state.expected_last:,}",
        where=task.window.window_id,
        fix="run again later; a smaller windows.max_records in the scope makes shorter crawls",
    )


def _source_count(task: SweepTask, state: OpenBatch) -> int | None:
    """How many records the source says there are."""
    if task.shows_whole_window and state.tally.distinct == state.expected_first:
        return state.expected_first
    if task.counts_repeats and state.expected_last is not None:
        return state.expected_last - state.tally.duplicates
    return state.expected_last


def _close(
    settings: Settings,
    task: SweepTask,
    writer: BatchWriter,
    gone: list[str],
    before: Sweep | None,
    distinct_ids: int,
    seconds: float,
    *,
    keep: bool,
) -> ExtractSummary:
    """Judge, then commit, refuse, or throw away what holds nothing new (unless to `keep`); and write the ledger."""
    manifest = _manifest(settings, task, writer, len(gone), before, distinct_ids)
    if gate.blocks(manifest.checks):
        raise writer.reject(manifest)
    for check in manifest.checks:
        if not check.passed:
            log.warning("%s: %s: %s", task.window.title, check.check_id, check.observed)
    # what a person accepted is told by the batch, also where the window is empty now
    is_kept = manifest.stored > 0 or keep or any(check.accepted for check in manifest.checks)
    if is_kept:
        writer.commit(manifest)
    else:
        writer.abandon()
    batch_id = manifest.batch_id if is_kept else None
    if not task.only_updates:
        save_sweep(settings, _sweep_record(task, manifest, batch_id, gone))
    clear_refusal(gate.subject(settings, task.window.window_id))
    summary = ExtractSummary(
        window_id=task.window.window_id,
        title=task.window.title,
        batch_id=batch_id,
        seconds=round(seconds, 2),
        **manifest.model_dump(
            include={"expected", "received", "stored", "unchanged", "duplicates", "gone", "requests", "credits"}
        ),
    )
    log.info("%s", summary.line())
    return summary


def _sweep_record(task: SweepTask, manifest: BatchManifest, batch_id: str | None, gone: list[str]) -> Sweep:
    return Sweep(
        entity=task.entity,
        window_id=task.window.window_id,
        query=task.query,
        fetch_version=task.fetch_version,
        data_origin=manifest.data_origin,
        records=manifest.received - manifest.duplicates,
        batch_id=batch_id,
        gone_ids=tuple(gone[:MOST_GONE_IDS_KEPT]),
        swept_at=task.as_of or manifest.ended_at,
        begun_at=task.as_of or manifest.started_at,
        expected=manifest.expected,
        received=manifest.received,
        requests=manifest.requests,
        credits=manifest.credits,
    )


def _manifest(
    settings: Settings, task: SweepTask, writer: BatchWriter, gone: int, before: Sweep | None, distinct_ids: int
) -> BatchManifest:
    state = writer.state
    pages = writer.pages()
    expected = _source_count(task, state) or 0
    checks = gate.judge(writer.folder, pages, state.tally, expected=expected, distinct_ids=distinct_ids, before=before)
    return BatchManifest(
        batch_id=state.batch_id,
        entity=task.entity,
        source=task.source or settings.api_url,
        data_origin=state.data_origin or "openalex",
        strategy=task.strategy or settings.strategy,
        scope_id=task.scope_id,
        fetch_version=task.fetch_version,
        window=task.window,
        query=task.query,
        expected=expected,
        received=state.tally.received,
        unchanged=state.tally.unchanged,
        stored=state.tally.stored,
        duplicates=state.tally.duplicates,
        gone=gone,
        pages=pages,
        started_at=state.started_at,
        ended_at=utc_now(),
        requests=state.tally.requests,
        credits=state.tally.credits,
        api_generation=" and ".join(state.generations) or "not told",
        checks=judged(gate.subject(settings, task.window.window_id), checks),
    )
