"""Answers requests from a corpus: filters, sorts and groups in SQL (DuckDB), pages by joining pre-rendered JSON.

The first request of a query computes the ordered numbers of all its rows once; every further page of the crawl is a
slice of them. A corpus never changes while it is served, so these may be kept; the oldest go when they grow too many.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import orjson

from include.sandbox.background import Background
from include.sandbox.catalog import CATALOG, PREDECESSORS, Entity, bare_doi, bare_ror, openalex_id
from include.sandbox.corpus import AUTHORSHIPS_FULL, UNREADABLE, CorpusInfo, Documents, load_info, open_tables
from include.sandbox.query import BadRequest, Condition, ListRequest, conditions_sql

# cached row numbers: 16 million of them are 64 MB
CACHE_ROWS = 16_000_000
GROUPS_PER_PAGE = 200

Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Answer:
    """A response body, and what it costs."""

    body: bytes
    credits: int


class Engine:
    """One corpus, opened for answering."""

    def __init__(self, folder: Path) -> None:
        self.info: CorpusInfo = load_info(folder)
        self._db = duckdb.connect(":memory:", config={"threads": "2", "memory_limit": "1500MB"})
        self._db.execute("set parquet_metadata_cache = true")
        tables = [table for entity in CATALOG.values() for table in (entity.name, *entity.links)]
        open_tables(self._db, folder, [*tables, "country_names", "subfield_names", "merged_ids"])
        self._documents = {name: Documents(folder, name, self.info.fields[name]) for name in CATALOG}
        self._background = Background(self._db, folder) if self.info.origin == "synthetic" else None
        self._cache: OrderedDict[tuple[str, ...], Numbers] = OrderedDict()
        self._merged: dict[str, str] = dict(self._db.execute("select id, merged_into from merged_ids").fetchall())
        self.works = self._count("works")

    def _count(self, entity: str) -> int:
        return int(self._db.execute(f"select count(*) from {entity}").fetchall()[0][0])

    def selectable(self, entity: str) -> list[str]:
        """Root-level fields that `select` accepts: those of the API, and what else the corpus holds."""
        own = [field for field in self.info.fields[entity] if field not in {AUTHORSHIPS_FULL, UNREADABLE}]
        return list(dict.fromkeys([*CATALOG[entity].fields, *own]))

    def single(self, entity: Entity, key: str, select: list[str] | None) -> Answer | None:
        """One object by its id, `ror:` or `doi:` (with or without the URL before it); None when there is none."""
        column, value = _identifier(entity, key)
        if column is None:
            return None
        rows = self._db.execute(
            f"select number from {entity.name} where {column} = ? order by number limit 1", [value]
        ).fetchall()
        if not rows:
            return None
        return Answer(b"".join(self._render(entity, [rows[0][0]], select, single=True)), 0)

    def survivor(self, entity: Entity, key: str) -> str | None:
        """The id of the record that a merged one answers as; None when it was not merged."""
        column, value = _identifier(entity, key)
        found = None
        while column == "id" and (into := self._merged.get(value)) is not None:
            found = value = into
        return found

    def page(self, entity: Entity, request: ListRequest) -> Answer:
        """One page of a list."""
        started = time.perf_counter()
        numbers = self._numbers(entity, request)
        start = self._start(request, len(numbers))
        chosen = numbers[start : start + request.per_page].tolist()
        meta: dict[str, Any] = {"count": len(numbers), "db_response_time_ms": 0}
        if request.cursor is None:
            meta |= {"page": request.page, "per_page": request.per_page}
        else:
            more = len(chosen) == request.per_page
            cursor = _encode_cursor(request, start + len(chosen)) if more else None
            meta |= {"page": None, "per_page": request.per_page, "next_cursor": cursor}
        meta |= {"groups_count": None, "cost_usd": 0.0001}
        results = self._render(entity, chosen, request.select, single=False)
        meta["db_response_time_ms"] = round((time.perf_counter() - started) * 1000)
        return Answer(b'{"meta":' + orjson.dumps(meta) + b',"results":[' + b",".join(results) + b'],"group_by":[]}', 1)

    def groups(self, entity: Entity, request: ListRequest) -> Answer:
        """One page of groups: by count, or, with a cursor, by key (as the API does)."""
        started = time.perf_counter()
        assert request.group_by is not None
        total, groups = self._all_groups(entity, request.group_by, request.conditions)
        meta: dict[str, Any] = {}
        per_page = min(request.per_page, GROUPS_PER_PAGE) if request.cursor is not None else GROUPS_PER_PAGE
        if request.cursor is None:
            shown = sorted(groups, key=lambda group: (-group[2], group[0]))[:per_page]
            meta |= {"page": 1, "per_page": per_page}
        else:
            after = "" if request.cursor == "*" else _decode_group_cursor(request.cursor)
            shown = sorted(group for group in groups if group[0] > after)[:per_page]
            # the API hands out a cursor after a short page too; the page behind it is empty
            cursor = base64.b64encode(json.dumps(shown[-1][0]).encode()).decode() if shown else None
            meta |= {"page": None, "per_page": request.per_page, "next_cursor": cursor}
        prefix = entity.groups[request.group_by].prefix
        rows = [{"key": prefix + key, "key_display_name": name, "count": count} for key, name, count in shown]
        milliseconds = round((time.perf_counter() - started) * 1000)
        head = {"count": total, "db_response_time_ms": milliseconds, **meta}
        body: dict[str, Any] = {"meta": {**head, "groups_count": len(shown), "cost_usd": 0.0001}}
        if request.cursor is None:
            body["results"] = []
        return Answer(orjson.dumps({**body, "group_by": rows}), 1)

    def _all_groups(
        self, entity: Entity, name: str, conditions: tuple[Condition, ...]
    ) -> tuple[int, list[tuple[str, str, int]]]:
        """How many records match, and the records of each group: key, name, count."""
        group = entity.groups[name]
        where, values = conditions_sql(conditions)
        if group.kind == "link":
            columns, source, key = "number", f"matched join {group.name} using (number)", "value"
        else:
            columns, source, key = group.name, "matched", group.name
        names = f"left join {group.names} as names on names.id = counted.key" if group.names else ""
        label = "coalesce(names.display_name, counted.key)" if group.names else "counted.key"
        (total, *_), *rows = self._db.execute(
            f"""
            with matched as materialized (
                select {columns} from {entity.name} as records where {where}
            ),
            counted as (
                select cast({key} as varchar) as key, count(*) as papers
                from {source} where {key} is not null group by all
            )
            select count(*), null, null, true as is_total from matched
            union all
            select counted.papers, counted.key, {label}, false from counted {names}
            order by is_total desc
            """,
            values,
        ).fetchall()
        return int(total), [(key, label, count) for count, key, label, _ in rows]

    def _numbers(self, entity: Entity, request: ListRequest) -> Numbers:
        where, values = conditions_sql(request.conditions)
        order = ", ".join(
            f"records.{key} {'desc' if descending else 'asc'} nulls last" for key, descending in request.sort
        )
        cache_key = (entity.name, where, repr(values), order)
        found = self._cache.get(cache_key)
        if found is None:
            found = (
                self._db.execute(
                    f"select records.number from {entity.name} as records where {where} "
                    f"order by {order}, records.id, records.number",
                    values,
                )
                .fetchnumpy()["number"]
                .astype(np.int32)
            )
            self._remember(cache_key, found)
        self._cache.move_to_end(cache_key)
        return found

    def _remember(self, key: tuple[str, ...], numbers: Numbers) -> None:
        self._cache[key] = numbers
        while len(self._cache) > 1 and sum(len(kept) for kept in self._cache.values()) > CACHE_ROWS:
            self._cache.popitem(last=False)

    def _start(self, request: ListRequest, count: int) -> int:
        if request.cursor is None:
            return (request.page - 1) * request.per_page
        if request.cursor == "*":
            return 0
        start = _decode_cursor(request)
        if start > count:
            raise BadRequest("Pagination error.", "Cursor value is invalid.")
        return start

    def _render(self, entity: Entity, numbers: list[int], select: list[str] | None, *, single: bool) -> list[bytes]:
        documents = self._documents[entity.name]
        held = len(documents)
        # records are of any time; who asks for the fields of today gets what a record had in their place, and of a
        # recording everything that it says of them
        if select is not None and self.info.origin == "recorded":
            select = list(dict.fromkeys([*select, *(old for name in select for old in PREDECESSORS.get(name, ()))]))
        compact: dict[int, bytes] = {}
        if self._background is not None and entity.name == "works":
            compact = self._background.render([number for number in numbers if number >= held], select)
        return [
            documents.render(number, select, single=single, older=PREDECESSORS) if number < held else compact[number]
            for number in numbers
        ]


def _identifier(entity: Entity, key: str) -> tuple[str | None, str]:
    key = key.strip()
    lower = key.lower()
    if entity.name == "works" and (lower.startswith(("doi:", "10.")) or "doi.org/" in lower):
        return "doi", bare_doi(key)
    if entity.name in {"institutions", "funders"} and (lower.startswith("ror:") or "ror.org/" in lower):
        return "ror", bare_ror(key)
    short = openalex_id(key.removeprefix("openalex:"))
    return ("id", short) if short[:1] == entity.letter and short[1:].isdigit() else (None, "")


def _digest(request: ListRequest) -> str:
    return hashlib.blake2b(repr(request.sort).encode(), digest_size=4).hexdigest()


def _encode_cursor(request: ListRequest, position: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([position, _digest(request)]).encode()).decode()


def _decode_cursor(request: ListRequest) -> int:
    try:
        position, digest = json.loads(base64.urlsafe_b64decode(request.cursor or ""))
        if digest == _digest(request) and isinstance(position, int) and position >= 0:
            return position
    except (ValueError, TypeError):
        pass
    raise BadRequest("Pagination error.", "Cursor value is invalid.")


def _decode_group_cursor(cursor: str) -> str:
    try:
        return str(json.loads(base64.b64decode(cursor, validate=True)))
    except ValueError:
        raise BadRequest("Pagination error.", "Cursor value is invalid.") from None
