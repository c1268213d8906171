"""The plan: which windows are due, and what of that fits into today's credits.

A count probe a window (one credit) is held against the ledger of sweeps. A count shows only what came and went; what
changed in place is found by sweeping, which recent windows are often and old ones rarely (`windows` in the scope).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Literal

from include.common.clock import utc_now
from include.contracts.batch import Window
from include.contracts.scope import ResolvedScope
from include.openalex.budget import budget_for, fit, largest_window, sweep_requests
from include.openalex.client import Client
from include.openalex.listing import count
from include.openalex.models import Plan, PlannedWindow
from include.openalex.queries import works_query
from include.openalex.windows import MOST_SPLITS, depth, halves, is_recent, windows
from include.raw_zone.layout import ENTITIES, PLAN
from include.raw_zone.sweeps import Sweep, last_sweeps
from include.raw_zone.verify import refuse_foreign_files
from include.raw_zone.writer import clear_leftovers, open_batches
from include.settings import Settings

log = logging.getLogger("entangled.openalex")

PROBES_AT_ONCE = 4

Dates = tuple[date, date]


def make_plan(
    settings: Settings, scope: ResolvedScope, client: Client, *, full: bool = False, published: Dates | None = None
) -> Plan:
    """Ask the source for the count of every window, decide what today's credits are spent on, and keep the plan.

    `full`: every window is due. `published`: those and only those are due, whatever their age, that hold works of these
    publication dates (both included).
    """
    refuse_foreign_files(settings)
    for entity in ENTITIES:
        clear_leftovers(settings, entity)
    planner = _Planner(settings, scope, client, full=full, published=published)
    first, *others = windows(scope)
    planned = planner.decide(first)  # alone: a source that is down or refuses the key is told once
    with ThreadPoolExecutor(PROBES_AT_ONCE, thread_name_prefix="probe") as pool:
        planned += [one for group in pool.map(planner.decide, others) for one in group]
    budget = None
    if client.budget is not None:
        budget = budget_for(scope, client.budget, (one for one in planned if one.action == "sweep"))
        planned = fit(planned, budget)
    plan = Plan(
        scope_version=scope.scope_version,
        planned_at=planner.now,
        windows=tuple(planned),
        probes=planner.probes,
        requests_per_second=settings.requests_per_second,
        budget=budget,
    )
    plan.save(settings.raw_zone / PLAN)
    return plan


def log_plan(plan: Plan) -> None:
    """What is going to be done, in the log before it is done."""
    for planned in plan.windows:
        if planned.action != "skip":
            log.info("%s", planned.line())
    log.info("plan: %s", plan.summary())


def unswept(
    settings: Settings, scope: ResolvedScope, *, published: Dates | None = None, since: datetime | None = None
) -> list[str]:
    """Windows of the last plan that no sweep has completed with the scope's query: the scope is not whole yet.

    Only those that hold works of the dates `published`, and only sweeps that ended after `since` count, when given.
    Empty when the windows of this scope were never planned: then works come by another strategy.
    """
    file = settings.raw_zone / PLAN
    plan = Plan.load(file) if file.exists() else None
    if plan is None or plan.scope_version != scope.scope_version:
        return []
    sweeps = last_sweeps(settings, "works")
    if since is not None:
        sweeps = {window_id: sweep for window_id, sweep in sweeps.items() if sweep.swept_at >= since}
    asked_for = [one.window for one in plan.windows if published is None or _holds_any(one.window, published)]
    return [window.window_id for window in asked_for if not _is_swept(scope, window, sweeps)]


def _is_swept(scope: ResolvedScope, window: Window, sweeps: Mapping[str, Sweep]) -> bool:
    """Whether the window, or all of what it was split into, was swept with the query that it has now."""
    earlier = sweeps.get(window.window_id)
    if earlier is not None and earlier.query == works_query(scope, window):
        return True
    parts = halves(window) if depth(window) < MOST_SPLITS else None
    return parts is not None and all(_is_swept(scope, part, sweeps) for part in parts)


class _Planner:
    def __init__(
        self, settings: Settings, scope: ResolvedScope, client: Client, *, full: bool, published: Dates | None
    ) -> None:
        self.now = utc_now()
        self._scope, self._client, self._full, self._published = scope, client, full, published
        self._sweeps = last_sweeps(settings, "works")
        self._unfinished = {batch.window.window_id: batch for batch in open_batches(settings, "works")}
        self._counts: list[int] = []

    @property
    def probes(self) -> int:
        """Counts asked for so far, a credit each."""
        return len(self._counts)

    def decide(self, window: Window) -> list[PlannedWindow]:
        """The window, or its halves when it holds too much for one crawl."""
        query = works_query(self._scope, window)
        expected = count(self._client, query)
        self._counts.append(expected)
        parts = halves(window)
        too_large = expected > largest_window(self._scope, self._client.budget)
        if parts is not None and (too_large or self._is_split(window)):
            return [planned for part in parts for planned in self.decide(part)]
        earlier = self._sweeps.get(window.window_id)
        if earlier is not None and earlier.query != query:
            earlier = None
        action, reason = self._due(window, expected, earlier)
        unfinished = self._unfinished.get(window.window_id)
        received = unfinished.tally.received if unfinished is not None else 0
        return [
            PlannedWindow(
                window=window,
                query=query,
                expected=expected,
                action=action,
                reason=reason,
                requests=sweep_requests(max(expected - received, 0)),
                last_swept_at=earlier.swept_at if earlier is not None else None,
                last_records=earlier.records if earlier is not None else 0,
                is_unfinished=unfinished is not None,
            )
        ]

    def _is_split(self, window: Window) -> bool:
        """Whether an earlier sweep had to take the window in halves (the source was too slow for the whole)."""
        if window.window_id in self._sweeps or window.window_id in self._unfinished:
            return False
        return any(part.window_id in self._sweeps for part in _descendants(window))

    def _due(self, window: Window, expected: int, earlier: Sweep | None) -> tuple[Literal["sweep", "skip"], str]:
        if self._published is not None and not _holds_any(window, self._published):
            return "skip", "outside the publication dates asked for"
        if self._full or self._published is not None:
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


def _holds_any(window: Window, published: Dates) -> bool:
    """Whether the window reaches into these dates; one without dates reaches into any."""
    first, last = published
    return (window.date_from is None or window.date_from <= last) and (
        window.date_to is None or window.date_to >= first
    )


def _descendants(window: Window, levels: int = MOST_SPLITS) -> Iterator[Window]:
    for part in halves(window) or ():
        yield part
        if levels > 1:
            yield from _descendants(part, levels - 1)


def _days_between(earlier: datetime, later: datetime) -> int:
    """Calendar days (UTC): a daily run is due although it starts a minute earlier than yesterday's ended."""
    return (later.date() - earlier.date()).days
