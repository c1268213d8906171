"""What the DAGs share: owner and retries, assets, which errors are worth a retry, the budget. Holds no DAG."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from airflow.sdk import (
    Asset,
    Context,
    CronTriggerTimetable,
    ExceptionRetryPolicy,
    RetryAction,
    RetryDecision,
    RetryPolicy,
    RetryRule,
)
from airflow.sdk.exceptions import AirflowSkipException

log = logging.getLogger("entangled")

T = TypeVar("T")

# a new batch lies in the typed zone; the event's extra says how many
OPENALEX_BATCHES = Asset(name="openalex_batches", uri="entangled://typed/batches")
# `releases/current` points at a new release; the event's extra says which
WAREHOUSE_RELEASE = Asset(name="warehouse_release", uri="entangled://releases/current")

OPENALEX_POOL = "openalex_api"
WAREHOUSE_POOL = "warehouse_writer"
WATCHERS_POOL = "dbt_watchers"

_ERRORS = "include.common.errors"
# Anything else fails at once: a wrong setting, a torn file, a closed gate or a fault in the code stays what it is,
# and three tries half a minute apart only delay the message. (A worker that dies is retried all the same.)
RETRY_STAGE = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=[f"{_ERRORS}.BusyError", f"{_ERRORS}.ServerAway", "builtins.OSError"],
            action=RetryAction.RETRY,
            reason="another process holds the lock, or a server or this machine is short of something for a moment",
        )
    ],
    default=RetryAction.FAIL,
)

_SOURCE = "include.openalex.errors"


def _source_rules() -> list[RetryRule]:
    return [
        RetryRule(
            exception=f"{_SOURCE}.Throttled",
            action=RetryAction.RETRY,
            retry_delay=timedelta(minutes=2),
            reason="the source asks to slow down",
        ),
        RetryRule(
            exception=[f"{_SOURCE}.UpstreamTimeout", f"{_SOURCE}.Unreachable"],
            action=RetryAction.RETRY,
            retry_delay=timedelta(seconds=20),
            reason="the network or the source may be back soon",
        ),
        RetryRule(
            exception=[f"{_SOURCE}.MalformedPage", f"{_SOURCE}.IncompleteWindow", f"{_SOURCE}.UnreliableSource"],
            action=RetryAction.RETRY,
            retry_delay=timedelta(seconds=20),
            reason="a sweep can end early, and the next one goes on from the last whole page; answers can contradict "
            "each other for a while",
        ),
        # PlanRequired, Unauthorised, BadRequest ...: the source will refuse them again
        *RETRY_STAGE.rules,
    ]


class SourceRetryPolicy(RetryPolicy):
    """The rules above, made when a task has failed: a rule imports its error, and so the source's package (1 s)."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        policy = ExceptionRetryPolicy(rules=_source_rules(), default=RetryAction.FAIL)
        return policy.evaluate(exception, try_number, max_tries, context)


RETRY_SOURCE = SourceRetryPolicy()

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "entangled",
    "retries": 2,
    "retry_delay": timedelta(seconds=30),
    "retry_policy": RETRY_STAGE,
}


def at(cron: str) -> CronTriggerTimetable:
    """At these times, UTC, and at no others.

    Without the timedelta, even with `run_immediately=False`, a DAG that is started for the first time within a tenth of
    the interval after one of them (2.4 hours of a day) also makes the run that it has missed (Airflow 3.3).
    """
    return CronTriggerTimetable(cron, timezone="UTC", run_immediately=timedelta(0))


def until_the_budget_ends(work: Callable[[], T]) -> T:
    """Do `work`; when the day's budget is used up, end the task as skipped: what is fetched stays, the rest waits."""
    from include.openalex.errors import BudgetExhausted

    try:
        return work()
    except BudgetExhausted as error:
        log.warning("postponed to the next run: %s", error)
        raise AirflowSkipException(f"the day's budget is used up; the next run goes on here. {error}") from error
