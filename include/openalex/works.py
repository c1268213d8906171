"""How works are read: their id, what they must have, which dates are odd, and the source's generation they are of."""

from __future__ import annotations

from datetime import date

import msgspec

from include.common.clock import utc_now
from include.contracts.batch import Window
from include.openalex.client import Client, Reply
from include.openalex.errors import NotFound
from include.openalex.listing import in_one_line
from include.openalex.queries import AUTHORSHIPS_CUT_AT
from include.openalex.turns import Demand
from include.openalex.worker import Completed, Judgement, Record, openalex_id

# printing in Europe; anything before is a typing error of the source
EARLIEST_YEAR = 1450
# journals date issues ahead, never further than this
YEARS_AHEAD = 2


def work_judgement(window: Window) -> Judgement:
    """How the works of one window are judged."""
    return Judgement(
        record_id=openalex_id,
        is_incomplete=_is_incomplete,
        has_odd_dates=lambda work: _has_odd_dates(work, window, utc_now().year),
        generation=_generation,
        is_cut=lambda work: _authors_listed(work) == AUTHORSHIPS_CUT_AT,
    )


class WholeWork:
    """Fetches a work alone: lists cut its authorships at 100, a single record has them all and costs no credit."""

    def __init__(self, client: Client, select: str | None, demand: Demand) -> None:
        self._client, self._select, self._demand = client, select, demand

    def __call__(self, listed: Record) -> Completed | None:
        """The whole work; None when it vanished since the list was made (the list's version is kept then)."""
        work_id = openalex_id(listed)
        if work_id is None:
            return None
        try:
            reply = self._get(work_id)
        except NotFound:
            return None
        # a merged work answers under another id; it is not this record
        if openalex_id({"id": msgspec.json.decode(reply.fields.get("id", b"null"))}) != work_id:
            return None
        return Completed(in_one_line(reply.body), reply.requests, reply.credits)

    def _get(self, work_id: str) -> Reply:
        path, parameters = f"/works/{work_id}", {"select": self._select or ""}
        try:
            return self._client.get(path, parameters, self._demand)
        except NotFound:
            # the list showed it a moment ago: a single 404 is not believed, since it would cost authors
            return self._client.get(path, parameters, self._demand)


def parse_day(text: object) -> date | None:
    """The day that a text begins with."""
    try:
        return date.fromisoformat(text[:10]) if isinstance(text, str) else None
    except ValueError:
        return None


def _authors_listed(work: Record) -> int:
    authorships = work.get("authorships")
    return len(authorships) if isinstance(authorships, list) else 0


def _is_incomplete(work: Record) -> bool:
    has_date = isinstance(work.get("publication_year"), int) or isinstance(work.get("publication_date"), str)
    return openalex_id(work) is None or not isinstance(work.get("authorships"), list) or not has_date


def _has_odd_dates(work: Record, window: Window, this_year: int) -> bool:
    year, day = work.get("publication_year"), work.get("publication_date")
    if isinstance(year, int) and not EARLIEST_YEAR <= year <= this_year + YEARS_AHEAD:
        return True
    if not isinstance(day, str):
        return False
    published = parse_day(day)
    if published is None:
        return True
    outside = (
        window.date_from is not None
        and window.date_to is not None
        and not (window.date_from <= published <= window.date_to)
    )
    return outside or not EARLIEST_YEAR <= published.year <= this_year + YEARS_AHEAD


def _generation(work: Record) -> str | None:
    """Which funding fields the record has: they changed twice, and flatten folds all three into one."""
    old, new = "grants" in work, "awards" in work or "funders" in work
    if old and new:
        return "grants+awards"
    return "grants" if old else "awards" if new else None
