"""List pages of the API as the worker wants them, and plain counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from include.contracts.batch import Query
from include.openalex.client import Client, Reply
from include.openalex.errors import MalformedPage
from include.openalex.worker import SourcePage

FIRST_CURSOR = "*"


def list_pages(client: Client, query: Query) -> Callable[[str], SourcePage]:
    """A function that brings the page of `query` at a cursor. The source ends with a page without a next cursor."""

    def fetch(cursor: str) -> SourcePage:
        return client.read(query.path, {**parameters(query), "cursor": cursor}, read)

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


def read_list(reply: Reply, where: str) -> tuple[Mapping[str, Any], list[Any]]:
    """`meta` and `results` of a list answer. A result that is no object is a record too: flatten puts it aside.

    Raises:
        MalformedPage: one of them is missing or of another kind.
    """
    meta, records = reply.document.get("meta"), reply.document.get("results")
    if not isinstance(meta, dict) or not isinstance(records, list):
        raise MalformedPage(
            "the source answered 200 without `meta` and `results`", where=where, fix="run again; the page is not kept"
        )
    return meta, records


def count_of(meta: Mapping[str, Any], where: str) -> int:
    """`meta.count`."""
    value = meta.get("count")
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise MalformedPage("the source's page has no count", where=where, fix="run again; the page is not kept")
    return value
