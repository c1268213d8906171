"""What fits into today's credits, and what waits for tomorrow. Decides; asks nothing and writes nothing.

Today takes first what goes on where it stopped, then what was never swept (oldest publications first), then what was
not swept for the longest time. What does not fit is postponed, and a smaller window behind it may still fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from include.contracts.scope import ResolvedScope
from include.openalex.client import Budget
from include.openalex.models import PlanBudget, PlannedWindow
from include.openalex.queries import PER_PAGE, REFERENCE_FIELDS
from include.openalex.totals import most_questions

# 206 recorded works name 458 funders, institutions and topics; more works name fewer each, so this is on the safe side
REFERENCES_PER_NEW_WORK = 2.2
# of a day's credits: totals and references leave as much to the works, however small the budget ...
LARGEST_RESERVE = 0.5
# ... and one window fits beside them and the probes, so that none waits for ever
LARGEST_WINDOW = 0.25
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def sweep_requests(records: int) -> int:
    """List pages that a sweep of `records` takes; an exact multiple of a page is followed by one empty page."""
    return records // PER_PAGE + 1


def budget_for(scope: ResolvedScope, budget: Budget, due: Iterable[PlannedWindow]) -> PlanBudget:
    """The day's credits, with what totals and references will take after the sweeps of `due` kept aside."""
    new_works = sum(max(planned.expected - planned.last_records, 0) for planned in due)
    references = len(REFERENCE_FIELDS) + int(new_works * REFERENCES_PER_NEW_WORK) // PER_PAGE
    reserve = min(most_questions(scope) + references, int(budget.limit * LARGEST_RESERVE))
    # the source tells the reset in whole seconds from now: named to the minute, it must not be too early
    resets_at = (budget.resets_at + timedelta(seconds=59)).replace(second=0, microsecond=0)
    return PlanBudget(limit=budget.limit, remaining=budget.remaining, reserve=reserve, resets_at=resets_at)


def largest_window(scope: ResolvedScope, budget: Budget | None) -> int:
    """Records that a window may hold: what the scope says, and never more than a day's credits can fetch."""
    most = scope.windows.max_records
    if budget is None:
        return most
    return min(most, max(int(budget.limit * LARGEST_WINDOW), 1) * PER_PAGE - 1)


def fit(planned: Sequence[PlannedWindow], budget: PlanBudget) -> list[PlannedWindow]:
    """`planned` in its order, with those postponed that `budget` does not cover."""
    left = budget.for_windows
    late: set[str] = set()
    for one in sorted((one for one in planned if one.action == "sweep"), key=_urgency):
        if one.requests <= left:
            left -= one.requests
        else:
            late.add(one.window_id)
    return [_postponed(one, budget) if one.window_id in late else one for one in planned]


def _urgency(planned: PlannedWindow) -> tuple[bool, datetime, date]:
    return (not planned.is_unfinished, planned.last_swept_at or _LONG_AGO, planned.window.date_from or date.min)


def _postponed(planned: PlannedWindow, budget: PlanBudget) -> PlannedWindow:
    reason = f"{planned.reason}; today's credits do not cover it, next chance {budget.resets_at:%Y-%m-%d %H:%M} UTC"
    return planned.model_copy(update={"action": "postpone", "reason": reason})
