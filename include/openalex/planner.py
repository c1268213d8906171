"""The plan: which windows are due, and what of that fits into today's credits.

A count probe a window (one credit) is held against the ledger of sweeps. A count shows only what came and went; what
changed in place is found by sweeping, which recent windows are often and old ones rarely (`windows` in the scope). With
the strategy `updated_since` a second probe counts what was updated, and only that is asked for (updates.py).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from datetime import time as midnight
from typing import Literal, NamedTuple

from include.common.clock import utc_now
from include.contracts.batch import Query, Window
from include.contracts.scope import ResolvedScope
from include.openalex.budget import budget_for, fit, largest_window, sweep_requests
from include.openalex.client import Client
from include.openalex.errors import UnreliableSource
from include.openalex.listing import count
from include.openalex.models import Plan, PlannedWindow
from include.openalex.queries import updated_query, works_query
from include.openalex.snapshot.load import complete_load
from include.openalex.strategy import choose
from include.openalex.updates import known_since
from include.openalex.windows import MOST_SPLITS, are_nested, depth, halves, is_recent, windows
from include.raw_zone.layout import ENTITIES, PLAN
from include.raw_zone.sweeps import Sweep, complete_ledger, last_sweeps
from include.raw_zone.verify import refuse_foreign_files
from include.raw_zone.writer import clear_leftovers, open_batches
from include.settings import Settings

log = logging.getLogger("entangled.openalex")

PROBES_AT_ONCE = 4
# works may come between two counts, but not half as many again
MOST_GROWTH = 1.5

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
    complete_ledger(settings, "works")
    choice = choose(settings, client)
    asks_updates = choice.strategy == "updated_since"
    planner = _Planner(settings, scope, client, full=full, published=published, asks_updates=asks_updates)
    first, *others = windows(scope)
    planned = planner.decide(first)  # alone: a source that is down or refuses the key is told once
    with ThreadPoolExecutor(PROBES_AT_ONCE, thread_name_prefix="probe") as pool:
        planned += [one for group in pool.map(planner.decide, others) for one in group]
    budget = None
    if client.budget is not None:
        budget = budget_for(scope, client.budget, (one for one in planned if one.action == "sweep"))
        planned = fit(planned, budget)
    plan = Plan(
        fetch_version=scope.fetch_version,
        planned_at=planner.now,
        windows=tuple(planned),
        strategy=choice.strategy,
        strategy_reason=choice.reason,
        probes=choice.credits + planner.probes,
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
    Empty when no window was ever planned: then works come by another strategy. Under another scope than the plan's, its
    windows count as it is now. A whole snapshot holds all of the scope; with `since`, sweeps alone count.
    """
    if since is None and complete_load(settings, scope) is not None:
        return []
    file = settings.raw_zone / PLAN
    plan = Plan.load(file) if file.exists() else None
    if plan is None:
        return []
    planned = [one.window for one in plan.windows] if _is_of_scope(plan, scope) else windows(scope)
    sweeps = last_sweeps(settings, "works")
    if since is not None:
        sweeps = {window_id: sweep for window_id, sweep in sweeps.items() if sweep.swept_at >= since}
    asked_for = [window for window in planned if published is None or _holds_any(window, published)]
    return [window.window_id for window in asked_for if not _is_swept(scope, window, sweeps)]


def _is_of_scope(plan: Plan, scope: ResolvedScope) -> bool:
    """Whether the plan holds every window of the scope as it is now, or its halves: a new year brings new ones."""
    if not scope.is_version(plan.fetch_version):
        return False
    held = [planned.window_id for planned in plan.windows]
    return all(any(are_nested(window.window_id, each) for each in held) for window in windows(scope))


def _is_swept(scope: ResolvedScope, window: Window, sweeps: Mapping[str, Sweep]) -> bool:
    """Whether the window, or all of what it was split into, was swept with the query that it has now."""
    earlier = sweeps.get(window.window_id)
    if earlier is not None and earlier.query == works_query(scope, window):
        return True
    parts = halves(window) if depth(window) < MOST_SPLITS else None
    return parts is not None and all(_is_swept(scope, part, sweeps) for part in parts)


class _Decision(NamedTuple):
    action: Literal["sweep", "skip"]
    reason: str
    updated_since: date | None = None
    updated: int = 0


class _Planner:
    def __init__(
        self,
        settings: Settings,
        scope: ResolvedScope,
        client: Client,
        *,
        full: bool,
        published: Dates | None,
        asks_updates: bool,
    ) -> None:
        self.now = utc_now()
        self._scope, self._client, self._full, self._published = scope, client, full, published
        self._asks_updates = asks_updates
        self._loaded = complete_load(settings, scope)
        self._sweeps = last_sweeps(settings, "works")
        self._unfinished = {batch.window.window_id: batch for batch in open_batches(settings, "works")}
        self._counts: list[int] = []

    @property
    def probes(self) -> int:
        """Counts asked for so far, a credit each."""
        return len(self._counts)

    def _count(self, query: Query) -> int:
        found = count(self._client, query)
        self._counts.append(found)
        return found

    def decide(self, window: Window, expected: int | None = None) -> list[PlannedWindow]:
        """The window, or its halves when it holds too much for one crawl. `expected`: its count, where it is known.

        Raises:
            UnreliableSource: the halves hold far more than the whole.
        """
        query = works_query(self._scope, window)
        if expected is None:
            expected = self._count(query)
        parts = halves(window)
        too_large = expected > largest_window(self._scope, self._client.budget)
        if parts is not None and (too_large or self._is_split(window)):
            counts = [self._count(works_query(self._scope, part)) for part in parts]
            if sum(counts) > MOST_GROWTH * (expected + 100):
                raise UnreliableSource(
                    f"the source counts {' and '.join(f'{each:,}' for each in counts)} works in the halves of "
                    f"{window.title}, and {expected:,} in the whole: it does not obey filters of dates",
                    where=self._client.address,
                    fix="look at the address in OPENALEX_BASE_URL, and ask it with `make probe`",
                )
            return [
                planned for part, of_part in zip(parts, counts, strict=True) for planned in self.decide(part, of_part)
            ]
        earlier = self._sweeps.get(window.window_id)
        if earlier is not None and earlier.query != query:
            earlier = None
        unfinished = self._unfinished.get(window.window_id)
        if unfinished is not None and unfinished.query.is_of_updates:
            # what is there of them is taken up when updates are asked for again, and dropped otherwise
            unfinished = None
        decision = self._due(window, expected, earlier, is_unfinished=unfinished is not None)
        received = unfinished.tally.received if unfinished is not None else 0
        if decision.updated_since is None:
            requests = sweep_requests(max(expected - received, 0))
        else:
            requests = sweep_requests(decision.updated) + 1  # and the count that follows
        return [
            PlannedWindow(
                window=window,
                query=query,
                expected=expected,
                action=decision.action,
                reason=decision.reason,
                requests=requests,
                last_swept_at=earlier.swept_at if earlier is not None else self._loaded_at(),
                last_records=earlier.records if earlier is not None else 0,
                is_unfinished=unfinished is not None,
                updated_since=decision.updated_since,
                updated=decision.updated,
            )
        ]

    def _loaded_at(self) -> datetime | None:
        """As of when a snapshot brought what no sweep did."""
        return datetime.combine(self._loaded.snapshot.newest, midnight.min, UTC) if self._loaded is not None else None

    def _is_split(self, window: Window) -> bool:
        """Whether an earlier sweep had to take the window in halves (the source was too slow for the whole)."""
        if window.window_id in self._sweeps or window.window_id in self._unfinished:
            return False
        return any(part.window_id in self._sweeps for part in _descendants(window))

    def _due(self, window: Window, expected: int, earlier: Sweep | None, *, is_unfinished: bool) -> _Decision:
        if self._published is not None and not _holds_any(window, self._published):
            return _Decision("skip", "outside the publication dates asked for")
        if self._full or self._published is not None:
            return _Decision("sweep", "full sweep asked for")
        if is_unfinished:
            return _Decision("sweep", "an unfinished sweep goes on")
        since = known_since(earlier, self._loaded) if self._asks_updates else None
        if since is not None:
            return self._due_since(window, expected, earlier, since)
        if earlier is None:
            return _Decision("sweep", "never swept with this query")
        if expected != earlier.records:
            return _Decision("sweep", f"{expected:,} records now, {earlier.records:,} at the last sweep")
        recent = is_recent(self._scope, window)
        every = self._scope.windows.revisit_recent_days if recent else self._scope.windows.revisit_old_days
        age = _days_between(earlier.swept_at, self.now)
        if age >= every:
            return _Decision("sweep", f"last swept {age} days ago, revisited every {every}")
        return _Decision("skip", f"{expected:,} records as at the last sweep, {age} days ago")

    def _due_since(self, window: Window, expected: int, earlier: Sweep | None, since: date) -> _Decision:
        """With updates to be had: these alone, unless the window lost works or was not read whole for long."""
        if earlier is not None and expected < earlier.records:
            return _Decision("sweep", f"{expected:,} records now, {earlier.records:,} at the last sweep")
        whole_at = [earlier.whole_at] if earlier is not None else []
        whole_at += [self._loaded.completed_at] if self._loaded is not None else []
        age, every = _days_between(max(whole_at), self.now), self._scope.windows.revisit_old_days
        if age >= every:
            return _Decision("sweep", f"last read whole {age} days ago, revisited every {every}")
        updated = self._count(updated_query(self._scope, window, since))
        if not updated and earlier is not None and expected == earlier.records:
            return _Decision("skip", f"nothing updated since {since}, {expected:,} records as at the last sweep")
        return _Decision("sweep", f"{updated:,} updated since {since}", since, updated)


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
