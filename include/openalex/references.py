"""Funders, institutions and topics that typed works refer to: fetched by id, a hundred a request, refreshed when stale.

When each id was last asked for, and whether the source knew it, stands in `raw/<entity>/_sweeps/asked.parquet`. That is
kept apart from the batches, because an answer that changed nothing makes no batch and is fresh all the same.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from include.common.clock import utc_now
from include.common.duck import connect, disk_errors
from include.common.files import ensure_dir, only_one, storage_errors
from include.common.sql import read_parquet, read_parquet_of
from include.contracts.batch import Entity, Query, Window
from include.contracts.scope import ResolvedScope
from include.openalex.client import Client, Reply
from include.openalex.errors import AnswerTooLarge, BadRequest
from include.openalex.listing import count_of, parameters, read_list
from include.openalex.models import ExtractSummary
from include.openalex.queries import PER_PAGE, REFERENCE_FIELDS
from include.openalex.runner import SweepTask, sweep
from include.openalex.scope import chunks, current_scope
from include.openalex.worker import Judgement, SourcePage, build, openalex_id
from include.raw_zone.layout import SWEEPS, entity_folder
from include.settings import Settings

log = logging.getLogger("entangled.openalex")

STALE_AFTER = timedelta(days=30)
ASKED = "asked.parquet"

# where typed works refer to each entity: table and column
_REFERRED: dict[Entity, tuple[tuple[str, str], ...]] = {
    "funders": (("work_funders", "funder_id"), ("work_awards", "funder_id")),
    "institutions": (("authorship_institutions", "institution_id"), ("institution_lineage", "ancestor_id")),
    "topics": (("work_topics", "topic_id"), ("works", "primary_topic_id")),
}


def sync_references(settings: Settings) -> list[ExtractSummary]:
    """Fetch what works refer to and what was not asked for in the last thirty days. One summary an entity with any.

    Raises:
        BusyError, SourceError, GateFailed, StorageError: as `extract`.
    """
    scope = current_scope(settings)
    client = Client(settings)
    summaries = [_sync(settings, scope, client, entity) for entity in _REFERRED]
    return [summary for summary in summaries if summary is not None]


def _sync(settings: Settings, scope: ResolvedScope, client: Client, entity: Entity) -> ExtractSummary | None:
    with only_one(settings.locks_dir / f"{entity}.lock", f"the sync of {entity}"):
        now = utc_now()
        due = due_ids(settings, entity, now)
        if not due:
            log.info("%s: up to date", entity)
            return None
        found: set[str] = set()
        summary = sweep(settings, _task(scope, client, entity, due, found))
        unknown = [each for each in due if each not in found]
        if unknown:
            log.warning(
                "%s: the source does not know %s of %s ids (%s%s)",
                entity,
                f"{len(unknown):,}",
                f"{len(due):,}",
                ", ".join(unknown[:5]),
                " ..." if len(unknown) > 5 else "",
            )
        _remember(settings, entity, due, found, now)
        return summary


def due_ids(settings: Settings, entity: Entity, now: datetime) -> list[str]:
    """Ids that typed works refer to and that were not asked for lately, sorted."""
    sources = [
        f"select {column} as id from {read_parquet_of(settings.typed_zone, 'batch=*', f'{table}.parquet')}"
        for table, column in _REFERRED[entity]
        if any(settings.typed_zone.glob(f"batch=*/{table}.parquet"))
    ]
    if not sources:
        return []
    asked = _asked_file(settings, entity)
    fresh = f"and id not in (select id from {read_parquet(asked)} where asked_at > ?)" if asked.exists() else ""
    with connect(settings) as connection:
        rows = connection.execute(
            f"select distinct id from ({' union all '.join(sources)}) where id is not null {fresh} order by id",
            [now - STALE_AFTER] if asked.exists() else [],
        ).fetchall()
    return [row[0] for row in rows]


def _task(scope: ResolvedScope, client: Client, entity: Entity, due: list[str], found: set[str]) -> SweepTask:
    # the ids themselves would be megabytes of manifest; their hash tells two lists apart
    digest = hashlib.sha256("|".join(due).encode()).hexdigest()[:12]
    query = Query(
        path=f"/{entity}",
        filter=f"openalex:<{len(due)} ids, sha256 {digest}>",
        select=_accepted_fields(client, entity),
        sort=None,
        per_page=PER_PAGE,
    )
    return SweepTask(
        entity=entity,
        scope_id=scope.scope_id,
        fetch_version=scope.fetch_version,
        window=Window(window_id=entity, title=entity),
        query=query,
        first_cursor="0",
        fetch_page=_by_id(client, query, chunks(due, PER_PAGE), found),
        judgement=Judgement(record_id=openalex_id),
        resumable=False,
        shows_whole_window=False,
        expected=len(due),
    )


def _accepted_fields(client: Client, entity: Entity) -> str | None:
    """The fields to select; None, for whole records, when the source does not have one of them (any more, or yet)."""
    fields = REFERENCE_FIELDS[entity]
    try:
        client.get(f"/{entity}", {"select": fields, "per_page": "1"})
    except BadRequest as error:
        log.info("%s: asking for whole records, because %s", entity, error.what)
        return None
    return fields


def _by_id(
    client: Client, query: Query, groups: Sequence[Sequence[str]], found: set[str]
) -> Callable[[str], SourcePage]:
    """One page a group of ids; the cursor is the group's number. Adds the ids that came back to `found`.

    An answer that is too large is asked for in halves.
    """
    counted: dict[int, int] = {}

    def fetch(cursor: str) -> SourcePage:
        number = int(cursor)
        page = of_ids(groups[number])
        counted[number] = page.expected
        found.update(filter(None, map(openalex_id, map(build, page.records))))
        return replace(
            page,
            next_cursor=str(number + 1) if number + 1 < len(groups) else None,
            expected=sum(counted[each] for each in range(number + 1)),
        )

    def of_ids(ids: Sequence[str]) -> SourcePage:
        asked = query.model_copy(update={"filter": f"openalex:{'|'.join(ids)}"})
        try:
            return client.read(query.path, parameters(asked), read)
        except AnswerTooLarge as error:
            if len(ids) == 1:
                raise
            log.warning("%s; asking for %d records at a time", error.what, len(ids) // 2)
            first, second = of_ids(ids[: len(ids) // 2]), of_ids(ids[len(ids) // 2 :])
            return replace(
                first,
                records=[*first.records, *second.records],
                expected=first.expected + second.expected,
                requests=1 + first.requests + second.requests,
                credits=first.credits + second.credits,
            )

    def read(reply: Reply) -> SourcePage:
        meta, records = read_list(reply, query.path)
        return SourcePage(
            records=records,
            next_cursor=None,
            expected=count_of(meta, query.path),
            requests=reply.requests,
            credits=reply.credits,
            origin=reply.origin,
        )

    return fetch


def _remember(settings: Settings, entity: Entity, asked: list[str], found: set[str], now: datetime) -> None:
    file = _asked_file(settings, entity)
    rows = """
        select id, $now::timestamptz as asked_at, id in (select unnest($found::varchar[])) as is_known
        from (select unnest($asked::varchar[]) as id)
    """
    if file.exists():
        rows += f"""
            union all select id, asked_at, is_known from {read_parquet(file)}
            where id not in (select unnest($asked::varchar[]))
        """
    ensure_dir(file.parent)
    aside = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    with storage_errors(file), disk_errors(file), connect(settings) as db:
        try:
            db.sql(rows, params={"now": now, "asked": asked, "found": sorted(found)}).write_parquet(str(aside))
            aside.replace(file)
        finally:
            aside.unlink(missing_ok=True)


def _asked_file(settings: Settings, entity: Entity) -> Path:
    return entity_folder(settings, entity) / SWEEPS / ASKED
