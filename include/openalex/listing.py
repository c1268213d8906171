"""List pages of the API as the worker wants them, and plain counts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import orjson

from include.contracts.batch import Query
from include.openalex.client import Client, Reply
from include.openalex.errors import AnswerTooLarge, MalformedPage
from include.openalex.turns import Demand
from include.openalex.worker import SourcePage, build

log = logging.getLogger("entangled.openalex")

FIRST_CURSOR = "*"
# after so many smaller pages the size doubles again: large works stand together, the rest of a window is as usual
_PAGES_BEFORE_GROWTH = 4

_META = msgspec.json.Decoder(dict[str, Any])
_RESULTS = msgspec.json.Decoder(list[msgspec.Raw])


def list_pages(client: Client, query: Query, demand: Demand) -> Callable[[str], SourcePage]:
    """A function that brings the page of `query` at a cursor. The source ends with a page without a next cursor.

    A page that is too large is asked for again with half as many records. `demand` is kept up to date with what is
    left.
    """
    fetched = 0
    size = query.per_page
    pages_of_this_size = 0

    def fetch(cursor: str) -> SourcePage:
        nonlocal fetched, size, pages_of_this_size
        refused = 0
        while True:
            asked = {**parameters(query), "per_page": str(size), "cursor": cursor}
            try:
                page = client.read(query.path, asked, read, demand)
                break
            except AnswerTooLarge as error:
                if size == 1:
                    raise
                refused, size, pages_of_this_size = refused + 1, size // 2, 0
                log.warning("%s; asking for pages of %d", error.what, size)
        pages_of_this_size += 1
        if size < query.per_page and pages_of_this_size == _PAGES_BEFORE_GROWTH:
            size, pages_of_this_size = min(size * 2, query.per_page), 0
        page = replace(page, requests=page.requests + refused)
        fetched += len(page.records)
        demand.pages = min(demand.pages, (page.expected - fetched) / query.per_page)
        return page

    def read(reply: Reply) -> SourcePage:
        meta, records = read_list(reply, query.path)
        following = meta.get("next_cursor")
        return SourcePage(
            records=records,
            next_cursor=following if isinstance(following, str) and following else None,
            expected=count_of(meta, query.path),
            requests=reply.requests,
            credits=reply.credits,
            origin=reply.origin,
        )

    return fetch


def count(client: Client, query: Query) -> int:
    """How many records the query has now: one credit."""
    return client.read(
        query.path,
        {"filter": query.filter or "", "select": "id", "per_page": "1"},
        lambda reply: count_of(read_list(reply, query.path)[0], query.path),
    )


def parameters(query: Query) -> dict[str, str]:
    """The query as URL parameters."""
    named = {"filter": query.filter, "select": query.select, "sort": query.sort, "group_by": query.group_by}
    return {**{name: value for name, value in named.items() if value}, "per_page": str(query.per_page)}


def read_list(reply: Reply, where: str) -> tuple[Mapping[str, Any], list[bytes]]:
    """`meta` and `results` of a list answer, each result as it was received, in one line.

    A result that is no object is a record too: flatten puts it aside.

    Raises:
        MalformedPage: one of them is missing or of another kind.
    """
    try:
        meta, records = _META.decode(reply.fields["meta"]), _RESULTS.decode(reply.fields["results"])
    except (KeyError, msgspec.ValidationError):
        raise MalformedPage(
            "the source answered 200 without `meta` and `results`", where=where, fix="run again; the page is not kept"
        ) from None
    return meta, [in_one_line(bytes(record)) for record in records]


def in_one_line(record: bytes) -> bytes:
    """The JSON value without line ends, which only stand between its tokens."""
    return record if b"\n" not in record and b"\r" not in record else orjson.dumps(build(record))


def count_of(meta: Mapping[str, Any], where: str) -> int:
    """`meta.count`."""
    value = meta.get("count")
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise MalformedPage("the source's page has no count", where=where, fix="run again; the page is not kept")
    return value
