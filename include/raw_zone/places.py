"""Where in the scope a record lies whose batch is no window of it: a part of a snapshot holds works of all dates.

Kept in `_hashes.parquet` behind the window's id, `snapshot-...@2019-03-01@2` (day of publication, chunk of topics), so
that the next sweep of a window knows which of these records it should bring, however the scope is cut by then.
"""

from __future__ import annotations

from datetime import date

from include.common.sql import quoted
from include.contracts.batch import Window

_MARK = "@"
# the id of the window without the place
WINDOW_ID = f"split_part(window_id, '{_MARK}', 1)"


def place(day: date, topic_chunk: int | None) -> str:
    """What stands behind the window's id."""
    return f"{_MARK}{day}{_MARK}{topic_chunk or ''}"


def is_of(kept: str, window: Window) -> bool:
    """Whether a record with this window's id, and perhaps place, belongs to `window`."""
    if _MARK not in kept or window.date_from is None or window.date_to is None:
        return kept == window.window_id
    _, day, chunk = kept.split(_MARK)
    return chunk == str(window.topic_chunk or "") and window.date_from <= date.fromisoformat(day) <= window.date_to


def of(window: Window) -> str:
    """The same as SQL over `window_id`."""
    same = f"window_id = {quoted(window.window_id)}"
    if window.date_from is None or window.date_to is None:
        return f"({same})"
    # days are ISO dates, which sort as text
    day, chunk = (f"split_part(window_id, '{_MARK}', {number})" for number in (2, 3))
    return (
        f"({same} or ({day} between '{window.date_from}' and '{window.date_to}' "
        f"and {chunk} = '{window.topic_chunk or ''}'))"
    )
