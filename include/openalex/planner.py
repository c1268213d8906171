"""The plan: which windows are due. A count probe a window (one credit) is held against the ledger of sweeps."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Literal

from include.common.clock import utc_now
from include.contracts.batch import Window
from include.contracts.scope import ResolvedScope
from include.openalex.client import Client
from include.openalex.listing import count
from include.openalex.models import Plan, PlannedWindow
from include.openalex.queries import works_query
from include.openalex.windows import halves, is_recent, windows
from include.raw_zone.layout import ENTITIES, PLAN
from include.raw_zone.sweeps import Sweep, last_sweeps
from include.raw_zone.verify import refuse_foreign_files
from include.raw_zone.writer import clear_leftovers, open_batches
from include.settings import Settings

PROBES_AT_ONCE = 4


def make_plan(settings: Settings, scope: ResolvedScope, client: Client, *, full: bool) -> Plan:
    """Ask the source for the count of every window, decide, and keep the plan."""
    refuse_foreign_files(settings)
    for entity in ENTITIES:
        clear_leftovers(settings, entity)
    planner = _Planner(settings, scope, client, full=full)
    first, *others = windows(scope)
    planned = planner.decide(first)  # alone: a source that is down or refuses the key is told once
    with ThreadPoolExecutor(PROBES_AT_ONCE, thread_name_prefix="probe") as pool:
        planned += [one for group in pool.map(planner.decide, others) for one in group]
    plan = Plan(scope_version=scope.scope_version, planned_at=planner.now, windows=tuple(planned))
    plan.save(settings.raw_zone / PLAN)
    return plan


class _Planner:
    def __init__(self, settings: Settings, scope: ResolvedScope, client: Client, *, full: bool) -> None:
        self.now = utc_now()
        self._scope, self._client, self._full = scope, client, full
        self._sweeps = last_sweeps(settings, "works")
        self._unfinished = {batch.window.window_id for batch in open_batches(settings, "works")}

    def decide(self, window: Window) -> list[PlannedWindow]:
        """The window, or its halves when it holds too much for one crawl."""
        query = works_query(self._scope, window)
        expected = count(self._client, query)
        parts = halves(window)
        if parts is not None and (expected > self._scope.windows.max_records or self._is_split(window)):
            return [planned for part in parts for planned in self.decide(part)]
        earlier = self._sweeps.get(window.window_id)
        if earlier is not None and earlier.query != query:
            earlier = None
        action, reason = self._due(window, expected, earlier)
        return [PlannedWindow(window=window, query=query, expected=expected, action=action, reason=reason)]

    def _is_split(self, window: Window) -> bool:
        """Whether an earlier sweep had to take the window in halves (the source was too slow for the whole)."""
        if window.window_id in self._sweeps or window.window_id in self._unfinished:
            return False
        return any(part.window_id in self._sweeps for part in _descendants(window))

    def _due(self, window: Window, expected: int, earlier: Sweep | None) -> tuple[Literal["sweep", "skip"], str]:
        if self._full:
            return "sweep", "full sweep asked for"
        if window.window_id in self._unfinished:
            return "sweep", "an unfinished sweep goes on"
        if earlier is None:
            return "sweep", "never swept with this query"
        if expected != earlier.records:
            return "sweep", f"{expected:,} records now, {earlier.records:,} at the last sweep"
        recent = is_recent(self._scope, window)
        every = self._scope.windows.revisit_recent_days if recent else self._scope.windows.revisit_old_days
        age = _days_between(earlier.swept_at, self.now)
        if age >= every:
            return "sweep", f"last swept {age} days ago, revisited every {every}"
        return "skip", f"{expected:,} records as at the last sweep, {age} days ago"


def _descendants(window: Window, levels: int = 3) -> Iterator[Window]:
    for part in halves(window) or ():
        yield part
        if levels > 1:
            yield from _descendants(part, levels - 1)


def _days_between(earlier: datetime, later: datetime) -> int:
    """Calendar days (UTC): a daily run is due although it starts a minute earlier than yesterday's ended."""
    return (later.date() - earlier.date()).days
