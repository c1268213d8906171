"""Works into batches: windows swept whole or for their updates, and where the setting takes the snapshot instead."""

from __future__ import annotations

import gc
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import date, datetime

from include.common.files import only_one
from include.contracts.batch import Query, Window
from include.contracts.scope import ResolvedScope
from include.openalex.client import Client
from include.openalex.errors import BudgetExhausted, IncompleteWindow, UpstreamTimeout
from include.openalex.listing import FIRST_CURSOR, list_pages
from include.openalex.models import ExtractSummary, Plan, PlannedWindow, together
from include.openalex.planner import Dates, log_plan, make_plan, unswept
from include.openalex.queries import updated_query, without_updates, works_query
from include.openalex.runner import SweepTask, sweep
from include.openalex.scope import current_scope
from include.openalex.snapshot import SnapshotPlan, complete_load, load, load_all
from include.openalex.snapshot import plan as plan_snapshot
from include.openalex.snapshot.models import WINDOW_PREFIX
from include.openalex.turns import Demand
from include.openalex.updates import begun_at, settle
from include.openalex.windows import MOST_SPLITS, depth, halves, window_by_id
from include.openalex.works import WholeWork, work_judgement
from include.raw_zone.layout import PLAN
from include.raw_zone.sweeps import Sweep, last_sweeps
from include.raw_zone.writer import abandon_open, open_batches
from include.settings import Settings

log = logging.getLogger("entangled.openalex")

# A window asks for one page after the other, so the allowed rate takes rate x time of a page windows at once. They are
# begun as the rate allows; this many are enough for 100 requests a second at a quarter of a second each.
MOST_WINDOWS_AT_ONCE = 24


def plan(settings: Settings, *, full: bool = False, published: Dates | None = None) -> Plan | SnapshotPlan:
    """Every window of the scope with what it holds now, whether it is due, and whether today's credits cover it.

    `full`: all are due. `published`: all those, and only those, that hold works of these publication dates are. With
    the strategy `snapshot` the windows are bundles of its parts, and neither makes a difference.

    Raises:
        PlanRequired: the strategy is updated_since, and the key's plan does not allow it.
        SourceError: the source could not be asked, or there is no snapshot.
        ContractError: the raw zone holds foreign files.
    """
    if settings.strategy == "snapshot":
        return plan_snapshot(settings)
    return make_plan(settings, current_scope(settings), Client(settings), full=full, published=published)


def last_plan(settings: Settings) -> Plan | None:
    """What the last run decided to ask for, with the day's credits as they were then; None before the first.

    Raises:
        ContractError: it cannot be read.
    """
    file = settings.raw_zone / PLAN
    return Plan.load(file) if file.exists() else None


def unswept_windows(settings: Settings, *, published: Dates | None = None, since: datetime | None = None) -> list[str]:
    """Windows that were planned and never swept: a release without them would take the missing works for none.

    `published`: only those that hold works of these publication dates. `since`: those not swept from then on.
    """
    return unswept(settings, current_scope(settings), published=published, since=since)


def extract(settings: Settings, window_id: str, *, client: Client | None = None, again: bool = False) -> ExtractSummary:
    """Sweep one window as the last plan says, unless it was swept since (`again` sweeps it anyway, and whole).

    Raises:
        BusyError: another process sweeps this window.
        IncompleteWindow, UpstreamTimeout: and splitting the window did not help.
        GateFailed: gate 1 kept the batch out.
        SourceError, StorageError: as they say; the pages so far are kept and the next call goes on there.
    """
    if window_id.startswith(WINDOW_PREFIX):
        return load(settings, window_id).summary()
    scope = current_scope(settings)
    window = window_by_id(scope, window_id)
    made = None if again else _last_plan(settings, scope)
    if made is not None:
        done = _done_since(settings, scope, window, made.planned_at)
        if done is not None:
            return done
    with only_one(settings.locks_dir / f"{window_id}.lock", f"the sweep of window {window_id}"):
        since = _updates_planned(settings, window, made)
        if since is None:
            return _sweep_or_split(settings, scope, window, client or Client(settings))
        return _bring_up_to_date(settings, scope, window, since, client or Client(settings))


def extract_all(settings: Settings, *, full: bool = False, published: Dates | None = None) -> list[ExtractSummary]:
    """Plan, then sweep what is due and fits into today's credits, some at once. The first error stops the rest.

    Raises:
        BusyError: another process does the same in this home. Nothing was started.
        BudgetExhausted: all that today's credits cover is done, and a window that was never swept has to wait.
        SourceError, GateFailed, ContractError, StorageError: as `plan` and `extract`.
    """
    if settings.strategy == "snapshot":
        return [loaded.summary() for loaded in load_all(settings)]
    # one lock for all of it: a second run that took single windows would make the first one fail
    with only_one(settings.locks_dir / "extract.lock", f"a sweep of all windows in {settings.home}"):
        made = make_plan(settings, current_scope(settings), Client(settings), full=full, published=published)
        log_plan(made)
        # the longest first: at the end, when fewer and fewer are left to ask at once, only short ones remain
        summaries = _extract_all_of(settings, sorted(made.due, key=lambda planned: -planned.requests))
    _require_whole(made)
    return summaries


def _extract_all_of(settings: Settings, due: Sequence[PlannedWindow]) -> list[ExtractSummary]:
    """Sweep these windows, as many at once as the allowed rate takes. The first error stops what has not begun, and
    windows in progress end first."""
    client = Client(settings)
    waiting = deque(due)
    begun: list[Future[ExtractSummary]] = []
    with _short_collections(), ThreadPoolExecutor(MOST_WINDOWS_AT_ONCE, thread_name_prefix="window") as pool:
        while waiting and not any(one.done() and one.exception() for one in begun):
            running = [one for one in begun if not one.done()]
            next_would_go = len(running) < MOST_WINDOWS_AT_ONCE and client.would_be_next(waiting[0].requests)
            if not running or next_would_go:
                running.append(pool.submit(extract, settings, waiting.popleft().window_id, client=client))
                begun.append(running[-1])
            # what was begun stands in the row a moment later
            wait(running, timeout=client.interval, return_when=FIRST_COMPLETED)
    return [one.result() for one in begun]


@contextmanager
def _short_collections() -> Iterator[None]:
    """Keep the garbage collector from what is there already, modules above all: walking through them stops all threads
    for 60 to 90 ms, and a request that is so late comes too close to those after it."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _require_whole(made: Plan) -> None:
    """A window that is only older than it should be can wait in silence; one that was never swept cannot."""
    missing = [planned.window_id for planned in made.having("postpone") if planned.last_swept_at is None]
    if missing and made.budget is not None:
        raise BudgetExhausted(
            f"today's credits do not cover {len(missing)} windows that were never swept",
            resets_at=made.budget.resets_at,
            where=", ".join(missing[:5]) + (" ..." if len(missing) > 5 else ""),
            fix=f"run again after {made.budget.resets_at:%Y-%m-%d %H:%M} UTC; what was fetched is kept",
        )


def _bring_up_to_date(
    settings: Settings, scope: ResolvedScope, window: Window, since: date, client: Client
) -> ExtractSummary:
    """What was updated since that day, and the whole window when this is not all that happened to it."""
    query = updated_query(scope, window, since)
    _abandon_other_kind(settings, window, query)
    begun = begun_at(settings, window)
    earlier, loaded = _last_sweep(settings, scope, window), complete_load(settings, scope)
    try:
        updates = sweep(settings, _task(scope, window, query, client))
    except (IncompleteWindow, UpstreamTimeout) as error:
        log.warning("%s; sweeping the whole window instead", error.what)
        return _sweep_or_split(settings, scope, window, client)
    if settle(settings, scope, window, updates, begun, client=client, earlier=earlier, loaded=loaded):
        return updates
    return together(window, [updates, _sweep_or_split(settings, scope, window, client)])


def _abandon_other_kind(settings: Settings, window: Window, query: Query) -> None:
    """A sweep for updates is not gone on with as a sweep of the whole window, nor the other way round."""
    for batch in open_batches(settings, "works"):
        is_other = batch.window.window_id == window.window_id and batch.query != query
        if is_other and without_updates(batch.query) == without_updates(query):
            abandon_open(settings, "works", window.window_id)


def _task(scope: ResolvedScope, window: Window, query: Query, client: Client) -> SweepTask:
    demand = Demand()
    return SweepTask(
        entity="works",
        scope_id=scope.scope_id,
        fetch_version=scope.fetch_version,
        former_versions=scope.former_versions,
        window=window,
        query=query,
        first_cursor=FIRST_CURSOR,
        fetch_page=list_pages(client, query, demand),
        judgement=work_judgement(window),
        complete=WholeWork(client, query.select, demand),
        only_updates=query.is_of_updates,
        # what it is, whatever the setting: with updated_since and auto many sweeps are of whole windows
        strategy="updated_since" if query.is_of_updates else "publication_window",
    )


def _sweep_or_split(settings: Settings, scope: ResolvedScope, window: Window, client: Client) -> ExtractSummary:
    query = works_query(scope, window)
    _abandon_other_kind(settings, window, query)
    try:
        return sweep(settings, _task(scope, window, query, client))
    except (IncompleteWindow, UpstreamTimeout) as error:
        parts = halves(window) if depth(window) < MOST_SPLITS else None
        if parts is None:
            raise
        log.warning("%s; taking the window in halves", error.what)
        abandon_open(settings, "works", window.window_id)
        return together(window, [_sweep_or_split(settings, scope, part, client) for part in parts])


def _last_plan(settings: Settings, scope: ResolvedScope) -> Plan | None:
    found = last_plan(settings)
    return found if found is not None and scope.is_version(found.fetch_version) else None


def _updates_planned(settings: Settings, window: Window, made: Plan | None) -> date | None:
    """From which day on the plan asks for updates of the window, None when it is swept whole."""
    if made is None or settings.strategy not in ("updated_since", "auto"):
        return None
    return next((one.updated_since for one in made.windows if one.window_id == window.window_id), None)


def _last_sweep(settings: Settings, scope: ResolvedScope, window: Window) -> Sweep | None:
    """The window's last sweep with the query of today."""
    swept = last_sweeps(settings, "works").get(window.window_id)
    return swept if swept is not None and swept.query == works_query(scope, window) else None


def _done_since(
    settings: Settings, scope: ResolvedScope, window: Window, planned_at: datetime
) -> ExtractSummary | None:
    """What was done, when the window was swept after the last plan: a retried task begins with its first window."""
    swept = _last_sweep(settings, scope, window)
    if swept is None or swept.swept_at < planned_at:
        return None
    log.info("%s: swept since the plan was made, nothing to do", window.title)
    return _nothing_done(window, swept)


def _nothing_done(window: Window, swept: Sweep) -> ExtractSummary:
    return ExtractSummary(
        window_id=window.window_id,
        title=window.title,
        batch_id=swept.batch_id,
        expected=swept.records,
        received=0,
        stored=0,
        unchanged=0,
        duplicates=0,
        gone=0,
        requests=0,
        credits=0,
        seconds=0.0,
    )
