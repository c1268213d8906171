"""List pages of the API as the worker wants them, and plain counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import orjson

from include.contracts.batch import Query
from include.openalex.client import Client, Reply
from include.openalex.errors import MalformedPage
from include.openalex.turns import Demand
from include.openalex.worker import SourcePage, build

FIRST_CURSOR = "*"

_META = msgspec.json.Decoder(dict[str, Any])
_RESULTS = msgspec.json.Decoder(list[msgspec.Raw])


def list_pages(client: Client, query: Query, demand: Demand) -> Callable[[str], SourcePage]:
    """A function that brings the page of `query` at a cursor. The source ends with a page without a next cursor.

    `demand` is kept up to date with what is left.
    """
    fetched = 0

    def fetch(cursor: str) -> SourcePage:
        nonlocal fetched
        page = client.read(query.path, {**parameters(query), "cursor": cursor}, read, demand)
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
