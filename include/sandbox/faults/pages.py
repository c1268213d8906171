"""Faults of list pages: what moves, repeats or gets lost while somebody pages through."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import orjson

from include.sandbox.faults.exchange import Exchange, Fault

Page = dict[str, Any]
# copies of records that a page repeats
_COPIES = 3


def _page(change: Callable[[Page, Exchange, int], None]) -> Callable[[Exchange, int], None]:
    def spoil(exchange: Exchange, time: int) -> None:
        page: Page = orjson.loads(exchange.body)
        change(page, exchange, time)
        exchange.body = orjson.dumps(page)

    return spoil


def _cursor(position: int, asked: Exchange, page: Page, salt: int) -> str:
    """The cursor at `position`, as the sandbox writes it; `salt` (blanks) makes another text of the same meaning."""
    like = asked.parameters["cursor"] if asked.parameters["cursor"] != "*" else page["meta"]["next_cursor"]
    digest = orjson.loads(base64.urlsafe_b64decode(like))[1]
    blanks = b" " * (salt + 1)
    return base64.urlsafe_b64encode(
        b"[" + blanks + orjson.dumps(position) + b"," + orjson.dumps(digest) + b"]"
    ).decode()


def _position(asked: Exchange) -> int:
    if asked.parameters["cursor"] == "*":
        return 0
    return int(orjson.loads(base64.urlsafe_b64decode(asked.parameters["cursor"]))[0])


def _has_next(exchange: Exchange) -> bool:
    return exchange.status == 200 and exchange.is_works_page and b'"next_cursor":null' not in exchange.body[:400]


def _goes_on(exchange: Exchange) -> bool:
    return exchange.status == 200 and exchange.is_works_page and exchange.parameters["cursor"] != "*"


def _is_page(exchange: Exchange) -> bool:
    return exchange.status == 200 and exchange.is_works_page


def _cursor_rejected(exchange: Exchange, _: int) -> None:
    exchange.status = 400
    exchange.body = orjson.dumps({"error": "Pagination error.", "message": "Cursor value is invalid."})


def _short(page: Page, asked: Exchange, time: int) -> None:
    page["results"] = page["results"][: len(page["results"]) // 2]
    page["meta"]["next_cursor"] = _cursor(_position(asked) + len(page["results"]), asked, page, time)


def _short_for_good(page: Page, asked: Exchange, _: int) -> None:
    page["results"] = page["results"][: len(page["results"]) // 2]


def _empty(page: Page, asked: Exchange, time: int) -> None:
    page["results"] = []
    page["meta"]["next_cursor"] = _cursor(_position(asked), asked, page, time)


def _empty_for_good(page: Page, asked: Exchange, _: int) -> None:
    page["results"] = []


def _ends_early(page: Page, asked: Exchange, _: int) -> None:
    page["results"] = page["results"][: len(page["results"]) // 2]
    page["meta"]["next_cursor"] = None


def _stuck(page: Page, asked: Exchange, _: int) -> None:
    page["meta"]["next_cursor"] = asked.parameters["cursor"]


def _count_drifts(page: Page, asked: Exchange, time: int) -> None:
    page["meta"]["count"] += time


def _no_count(page: Page, asked: Exchange, _: int) -> None:
    page["meta"]["count"] = None


def _copies_within(page: Page, asked: Exchange, _: int) -> None:
    page["results"] += page["results"][:_COPIES]


class _Before:
    """Remembers the end of the page that went before, by query, to repeat it."""

    def __init__(self, *, instead: bool) -> None:
        self._instead, self._ends = instead, dict[str, list[Any]]()

    def look(self, exchange: Exchange) -> bool:
        """Concerned are pages whose predecessor is known; every page is remembered on the way."""
        if exchange.status != 200 or not exchange.is_works_page:
            return False
        query = exchange.parameters.get("filter", "")
        self.before = self._ends.get(query, []) if exchange.parameters["cursor"] != "*" else []
        self._ends[query] = orjson.loads(exchange.body)["results"][-_COPIES:]
        return bool(self.before)

    def spoil(self, page: Page, asked: Exchange, _: int) -> None:
        # as when records that were inserted before push others onto the next page, or pull them away from it
        page["results"] = [*self.before, *(page["results"][_COPIES:] if self._instead else page["results"])]


_ACROSS, _MOVED = _Before(instead=False), _Before(instead=True)

PAGES = (
    Fault(
        "cursor_rejected",
        "400, the cursor is not valid any more",
        "swept_again",
        _cursor_rejected,
        _goes_on,
        times=1,
        first=1,
    ),
    Fault("short_page", "half a page; the cursor leads to the rest", "kept", _page(_short), _has_next, first=1),
    Fault(
        "short_page_for_good",
        "half a page, and the cursor leads past the rest",
        "swept_again",
        _page(_short_for_good),
        _has_next,
        times=1,
        first=1,
    ),
    Fault("empty_page", "an empty page with a live cursor", "kept", _page(_empty), _has_next, first=1),
    Fault(
        "empty_page_for_good",
        "an empty page whose cursor leads past its records",
        "swept_again",
        _page(_empty_for_good),
        _has_next,
        times=1,
        first=1,
    ),
    Fault(
        "ends_early",
        "half a page without a cursor, although there is more",
        "swept_again",
        _page(_ends_early),
        _has_next,
        times=1,
        first=1,
    ),
    Fault(
        "cursor_stuck",
        "the next cursor is the one that was asked for",
        "swept_again",
        _page(_stuck),
        _goes_on,
        times=1,
        first=1,
    ),
    Fault(
        "count_drifts", "another count on every page", "swept_again", _page(_count_drifts), _is_page, times=4, first=1
    ),
    Fault("no_count", "a page without a count", "retried", _page(_no_count), _is_page, first=1),
    Fault("copies_within", "records twice within a page", "kept", _page(_copies_within), _is_page, first=1),
    Fault(
        "copies_across",
        "a page begins with the end of the one before",
        "kept",
        _page(_ACROSS.spoil),
        _ACROSS.look,
        first=1,
    ),
    Fault(
        "rows_move",
        "copies from the page before stand in the place of records",
        "swept_again",
        _page(_MOVED.spoil),
        _MOVED.look,
        times=1,
        first=1,
    ),
)
