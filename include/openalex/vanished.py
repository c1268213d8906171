"""Works that a sweep missed: each checked by id, and taken back with a tombstone only when the source says so itself.

A sweep names in its ledger the works that its window held before and that did not come back. Most of them only moved to
another window. The others are asked for by id: a hundred at once with an OR filter (a credit), and those that a list
does not show one by one (no credit). The source's answers contradict its documentation in part, so all are understood:
404 is deleted, a redirect or another id is merged, found but not within the scope's filter is out of scope. A work that
is found within the scope stays, and the next run looks again.

Nothing is taken back on a bad day. Works that were listed a moment ago are asked for along with the missing ones: a
source that does not know these either is not believed. A request that fails ends the check before anything is written.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from threading import Lock

from include.common.clock import utc_now
from include.common.errors import EntangledError
from include.common.files import only_one
from include.common.progress import Progress
from include.contracts.batch import DataOrigin, Query, Window
from include.contracts.scope import ResolvedScope
from include.contracts.tombstone import Tombstone
from include.openalex.client import Client, Reply
from include.openalex.errors import NotFound, UnreliableSource
from include.openalex.listing import count_of, parameters, read_list
from include.openalex.models import VanishedSummary
from include.openalex.queries import PER_PAGE, primary_topics, works_filter
from include.openalex.scope import current_scope
from include.openalex.windows import window_by_id
from include.openalex.worker import Record, build, openalex_id
from include.raw_zone.known import KnownRecords
from include.raw_zone.places import is_of
from include.raw_zone.sweeps import Sweep, last_sweeps
from include.raw_zone.tombstones import Finding, require_few_gone, write_tombstones
from include.raw_zone.writer import abandon_open
from include.settings import Settings

log = logging.getLogger("entangled.openalex")

WINDOW = Window(window_id="vanished-works", title="vanished works")
# works that are surely there, asked for along with the missing ones of each topic chunk
WITNESSES = 2
# the pace is shared, so more threads would only wait for each other
REQUESTS_AT_ONCE = 4


def sync_vanished(settings: Settings, *, client: Client | None = None) -> VanishedSummary | None:
    """Check the works that sweeps missed, and write tombstones for those that are gone. None: no work is missing.

    Raises:
        BusyError: another process does the same in this home.
        UnreliableSource: the source does not know works either that it listed a moment ago. Nothing was taken back.
        GateFailed: too many are gone at once. Nothing was taken back.
        SourceError, StorageError: as they say. Nothing was taken back; the next call checks the same works again.
    """
    with only_one(settings.locks_dir / f"{WINDOW.window_id}.lock", "the check of vanished works"):
        abandon_open(settings, "tombstones", WINDOW.window_id)
        scope = current_scope(settings)
        sweeps = last_sweeps(settings, "works")
        with KnownRecords(settings, "works") as known:
            missing = missing_works(scope, sweeps.values(), known)
            if not missing:
                log.info("no work is missing")
                return None
            witnesses = _witnesses(scope, sweeps, known, missing)
            of = known.count()
        return _check(settings, scope, client or Client(settings), missing, witnesses, of)


def missing_works(scope: ResolvedScope, sweeps: Iterable[Sweep], known: KnownRecords) -> list[str]:
    """Ids that the last sweep of their window missed and that came with no other window since, sorted."""
    lost = [(work_id, _window_of(scope, sweep)) for sweep in sweeps for work_id in sweep.gone_ids]
    if not lost:
        return []
    kept = known.places([work_id for work_id, _ in lost])
    return sorted({work_id for work_id, window in lost if work_id in kept and is_of(kept[work_id], window)})


def _window_of(scope: ResolvedScope, sweep: Sweep) -> Window:
    """The window that was swept; without its dates when the scope is cut otherwise by now."""
    try:
        return window_by_id(scope, sweep.window_id)
    except EntangledError:
        return Window(window_id=sweep.window_id, title=sweep.window_id)


def _witnesses(
    scope: ResolvedScope, sweeps: dict[str, Sweep], known: KnownRecords, missing: Sequence[str]
) -> dict[int, list[str]]:
    """For each topic chunk some works that the last sweeps with this scope listed."""
    found: dict[int, list[str]] = {}
    for number, chunk in enumerate(scope.topic_chunks, start=1):
        listed = [
            _window_of(scope, sweep)
            for sweep in sweeps.values()
            if scope.is_version(sweep.fetch_version)
            and all(topics in (sweep.query.filter or "") for topics in primary_topics(chunk))
        ]
        found[number] = known.some(listed, but=frozenset(missing), most=WITNESSES)
    return found


def _check(
    settings: Settings,
    scope: ResolvedScope,
    client: Client,
    missing: Sequence[str],
    witnesses: dict[int, list[str]],
    known: int,
) -> VanishedSummary:
    started = time.monotonic()
    inquiry = _Inquiry(client, scope, witnesses)
    with Progress("vanished", WINDOW.title, total=len(missing), unit="works", folder=settings.progress_dir) as progress:
        strays: list[Tombstone] = []
        unlisted: list[str] = []
        for group in _groups(missing, PER_PAGE - 3 * WITNESSES):
            listed = inquiry.listed(group)
            unlisted += [work_id for work_id in group if work_id not in listed]
            strays += inquiry.out_of_scope(listed)
            progress.add(len(listed))
        # before the single requests: on a bad day these are thousands
        require_few_gone(settings, WINDOW, len(strays) + len(unlisted), known)
        with ThreadPoolExecutor(REQUESTS_AT_ONCE, thread_name_prefix="vanished") as pool:
            answers = list(pool.map(partial(_counted, progress, inquiry.alone), unlisted))
    tombstones = [*strays, *(tombstone for tombstone in answers if tombstone is not None)]
    batch_id = None
    if tombstones:
        inquiry.require_witness_alone()
        finding = Finding(
            window=WINDOW,
            query=_query(missing),
            source=settings.api_url,
            data_origin=inquiry.origin,
            known=known,
            requests=inquiry.requests,
            credits=inquiry.credits,
        )
        batch_id = write_tombstones(settings, scope, finding, tombstones).batch_id
    summary = VanishedSummary(
        asked=len(missing),
        **{
            reason: sum(tombstone.reason == reason for tombstone in tombstones)
            for reason in ("deleted", "merged", "out_of_scope")
        },
        batch_id=batch_id,
        requests=inquiry.requests,
        credits=inquiry.credits,
        seconds=round(time.monotonic() - started, 2),
    )
    log.info("%s", summary.line())
    return summary


@dataclass
class _Inquiry:
    """Asks the source about works by id, and believes it only while it still knows the witnesses."""

    client: Client
    scope: ResolvedScope
    witnesses: dict[int, list[str]]
    requests: int = 0
    credits: int = 0
    origin: DataOrigin = "openalex"
    _counting: Lock = field(default_factory=Lock)

    def listed(self, ids: Sequence[str]) -> dict[str, Record]:
        """Those of `ids` that a list by id shows."""
        some = [each for chunk in self.witnesses.values() for each in chunk][: 2 * WITNESSES]
        return self._by_id(None, ids, some, "id,publication_date,is_paratext,primary_topic")

    def out_of_scope(self, listed: dict[str, Record]) -> list[Tombstone]:
        """Tombstones of those listed works that the scope's filter does not find."""
        if self.scope.admit == "everything" or not listed:
            return []
        inside: set[str] = set()
        for chunk, witnesses in self.witnesses.items():
            scope_filter = works_filter(self.scope, _whole(self.scope, chunk))
            inside |= self._by_id(scope_filter, list(listed), witnesses, "id").keys()
        return [self._stray(work_id, record) for work_id, record in listed.items() if work_id not in inside]

    def alone(self, work_id: str) -> Tombstone | None:
        """The tombstone of a work that no list shows; None when the source knows it under its own id all the same."""
        path = f"/works/{work_id}"
        evidence = {"request": path, "status": 404, "answered_id": None}
        try:
            reply = self._get(path, {"select": "id"})
        except NotFound:
            with self._counting:
                self.requests += 1
            return Tombstone(entity="works", id=work_id, reason="deleted", evidence=evidence, seen_at=utc_now())
        answered = openalex_id(reply.document)
        if answered == work_id:
            return None
        if answered is None:
            raise UnreliableSource(
                "the source answers for a work with a record that has no id",
                where=path,
                fix="run again later; nothing was taken back",
            )
        return Tombstone(
            entity="works",
            id=work_id,
            reason="merged",
            merged_into_id=answered,
            evidence={**evidence, "status": reply.redirected or 200, "answered_id": answered},
            seen_at=utc_now(),
        )

    def require_witness_alone(self) -> None:
        """Raise when the source does not know a single work that it listed a moment ago."""
        some = [each for chunk in self.witnesses.values() for each in chunk][: 2 * WITNESSES]
        if some and all(self.alone(work_id) is not None for work_id in some):
            raise _not_believed(f"/works/{some[0]}")

    def _by_id(
        self, scope_filter: str | None, ids: Sequence[str], witnesses: Sequence[str], select: str
    ) -> dict[str, Record]:
        asked = Query(
            path="/works",
            filter=",".join(filter(None, [f"openalex:{'|'.join([*ids, *witnesses])}", scope_filter])),
            select=select,
            sort=None,
            per_page=PER_PAGE,
        )
        reply = self._get(asked.path, parameters(asked))
        meta, records = read_list(reply, asked.path)
        found = {work_id: record for record in map(build, records) if (work_id := openalex_id(record)) is not None}
        if witnesses and not found.keys() & set(witnesses):
            raise _not_believed(asked.path)
        if count_of(meta, asked.path) != len(found):
            raise UnreliableSource(
                f"the source counts {count_of(meta, asked.path)} works by id and shows {len(found)}",
                where=asked.path,
                fix="run again later; nothing was taken back",
            )
        return {work_id: found[work_id] for work_id in ids if work_id in found}

    def _stray(self, work_id: str, record: Record) -> Tombstone:
        topic = record.get("primary_topic")
        return Tombstone(
            entity="works",
            id=work_id,
            reason="out_of_scope",
            evidence={
                "request": "/works",
                "status": 200,
                "answered_id": work_id,
                "fetch_version": self.scope.fetch_version,
                "publication_date": record.get("publication_date"),
                "primary_topic_id": openalex_id(topic) if isinstance(topic, dict) else None,
                "is_paratext": record.get("is_paratext"),
            },
            seen_at=utc_now(),
        )

    def _get(self, path: str, asked: dict[str, str]) -> Reply:
        reply = self.client.get(path, asked)
        with self._counting:
            self.requests += reply.requests
            self.credits += reply.credits
            self.origin = reply.origin
        return reply


def _not_believed(where: str) -> UnreliableSource:
    return UnreliableSource(
        "the source does not know works either that it listed a moment ago, so it is not believed about missing ones",
        where=where,
        fix="run again later; nothing was taken back",
    )


def _whole(scope: ResolvedScope, chunk: int) -> Window:
    """All years of the scope, for one chunk of topics."""
    first, last = date(scope.year_from, 1, 1), date(scope.year_to, 12, 31)
    return WINDOW.model_copy(update={"date_from": first, "date_to": last, "topic_chunk": chunk})


def _groups(ids: Sequence[str], size: int) -> list[Sequence[str]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _counted(progress: Progress, ask: Callable[[str], Tombstone | None], work_id: str) -> Tombstone | None:
    answer = ask(work_id)
    progress.add(1)
    return answer


def _query(ids: Sequence[str]) -> Query:
    # the ids themselves stand in the tombstones; their hash tells two checks apart
    digest = hashlib.sha256("|".join(ids).encode()).hexdigest()[:12]
    return Query(
        path="/works/<id>",
        filter=f"openalex:<{len(ids)} ids, sha256 {digest}>",
        select="id",
        sort=None,
        per_page=PER_PAGE,
    )
