"""The scope cut into windows: pieces that each fit one crawl, with ids that are the same on every run.

A window is a span of publication dates and a chunk of primary topics: `works-2019-chunk1`, `works-2025q3-chunk2`. A
window that holds too much is halved by date, and the halves are named after it: `works-2019-chunk1-b`, and the first
half of that `works-2019-chunk1-ba`. So an id alone says what it holds, and no list of windows has to be kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from include.common.errors import EntangledError
from include.contracts.batch import Window
from include.contracts.scope import ResolvedScope

# halving a window that stays too slow for the source: an eighth of a year still is, so more would not help
MOST_SPLITS = 3
_HALF = re.compile(r"^(?P<whole>.+)-(?P<path>[ab]+)$")
_MONTHS = {"year": 12, "quarter": 3, "month": 1}


class _Span(NamedTuple):
    """Both days included."""

    name: str
    first: date | None
    last: date | None


def windows(scope: ResolvedScope) -> list[Window]:
    """Every window of the scope, oldest first. Together they hold each work once."""
    return [_window(scope, span, chunk) for span in _spans(scope) for chunk in range(1, len(scope.topic_chunks) + 1)]


def halves(window: Window) -> tuple[Window, Window] | None:
    """The window's two halves by date; None for a single day or a window without dates."""
    if window.date_from is None or window.date_to is None or window.date_from >= window.date_to:
        return None
    middle = window.date_from + (window.date_to - window.date_from) // 2
    return (
        _half(window, "a", window.date_from, middle),
        _half(window, "b", middle + timedelta(days=1), window.date_to),
    )


def window_by_id(scope: ResolvedScope, window_id: str) -> Window:
    """The window that an id names.

    Raises:
        EntangledError: the scope has no such window.
    """
    known = {window.window_id: window for window in windows(scope)}
    if window_id in known:
        return known[window_id]
    match = _HALF.match(window_id)
    found = known.get(match["whole"]) if match else None
    for step in match["path"] if match else "":
        both = halves(found) if found else None
        found = both["ab".index(step)] if both else None
    if found is None:
        raise EntangledError(
            f"scope {scope.scope_id} has no window `{window_id}`",
            fix="python -m include.openalex plan lists the windows",
        )
    return found


def depth(window: Window) -> int:
    """How often a window of the scope was halved to make this one."""
    match = _HALF.match(window.window_id)
    return len(match["path"]) if match else 0


def are_nested(one: str, other: str) -> bool:
    """Whether one of two windows was cut out of the other, by their ids."""
    whole, part = sorted((one, other), key=len)
    return bool(whole) and part.startswith(whole) and re.fullmatch(r"(-?[ab]+)?", part.removeprefix(whole)) is not None


def is_recent(scope: ResolvedScope, window: Window) -> bool:
    """Whether the window lies in the years that are asked for often."""
    return window.date_to is None or window.date_to.year > scope.year_to - scope.windows.recent_years


def _window(scope: ResolvedScope, span: _Span, chunk: int) -> Window:
    many = len(scope.topic_chunks) > 1
    return Window(
        window_id=f"works-{span.name}" + (f"-chunk{chunk}" if many else ""),
        title=f"works {span.name}" + (f" (topics {chunk}/{len(scope.topic_chunks)})" if many else ""),
        date_from=span.first,
        date_to=span.last,
        topic_chunk=chunk if many else None,
    )


def _half(window: Window, side: str, first: date, last: date) -> Window:
    window_id = f"{window.window_id}{side}" if depth(window) else f"{window.window_id}-{side}"
    topics = re.search(r"\(topics .*\)$", window.title)
    title = f"works {first} to {last}" + (f" {topics.group()}" if topics else "")
    return window.model_copy(update={"window_id": window_id, "title": title, "date_from": first, "date_to": last})


def _spans(scope: ResolvedScope) -> Iterator[_Span]:
    cut = scope.windows
    if cut.by == "none":
        everything = scope.admit == "everything"
        yield _Span(
            "all",
            None if everything else date(scope.year_from, 1, 1),
            None if everything else date(scope.year_to, 12, 31),
        )
        return
    for year in range(scope.year_from, scope.year_to + 1):
        yield from _spans_of_year(year, cut.recent_by if year > scope.year_to - cut.recent_years else cut.by)


def _spans_of_year(year: int, by: str) -> Iterator[_Span]:
    months = _MONTHS.get(by, 12)
    for first_month in range(1, 13, months):
        end = first_month + months
        last = date(year + end // 13, (end - 1) % 12 + 1, 1) - timedelta(days=1)
        name = {"quarter": f"{year}q{(first_month + 2) // 3}", "month": f"{year}m{first_month:02d}"}.get(by, f"{year}")
        yield _Span(name, date(year, first_month, 1), last)
