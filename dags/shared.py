"""What the DAGs share: owner and retries, assets, which errors are worth a retry, the budget, who is told of a failure.
Holds no DAG."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from airflow.sdk import (
    Asset,
    BaseNotifier,
    Context,
    CronTriggerTimetable,
    ExceptionRetryPolicy,
    RetryAction,
    RetryDecision,
    RetryPolicy,
    RetryRule,
    get_current_context,
)
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

if TYPE_CHECKING:
    from include.lineage import Parent

log = logging.getLogger("entangled")

T = TypeVar("T")

# a new batch lies in the typed zone; the event's extra says how many
OPENALEX_BATCHES = Asset(name="openalex_batches", uri="entangled://typed/batches")
# `releases/current` points at a new release; the event's extra says which
WAREHOUSE_RELEASE = Asset(name="warehouse_release", uri="entangled://releases/current")

INGEST = "ingest_openalex"

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

# A source that is away is asked again after so long, until the patience of the settings ends: an hour away costs an
# hour and not the day. Then the task fails, which is told, and by the promised hour so is the release.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (20, 120, 300, 600, 900, 1800, 2700))
# a source that answers, and contradicts itself, is asked again so often: each sweep costs credits
MOST_SWEEPS = 3
SHORT_PAUSE = timedelta(seconds=20)
# what a source asks for is waited for, within a day's run
LONGEST_RETRY_AFTER = timedelta(hours=6)


def when_to_ask_again(exception: BaseException, try_number: int, patience: timedelta) -> timedelta | None:
    """How long to wait before the source is asked again after its `try_number`-th failure; None: not again."""
    from include.openalex import errors

    if isinstance(exception, (errors.MalformedPage, errors.IncompleteWindow, errors.UnreliableSource)):
        # a sweep can end early, and the next one goes on from the last whole page; answers can contradict each other
        return SHORT_PAUSE if try_number < MOST_SWEEPS else None
    if not isinstance(exception, (errors.Throttled, errors.UpstreamTimeout, errors.Unreachable)):
        # PlanRequired, Unauthorised, BadRequest ...: the source will refuse them again
        return None
    asked_for = timedelta(seconds=getattr(exception, "retry_after", 0.0))
    if asked_for > PAUSES[0]:
        return asked_for if asked_for <= LONGEST_RETRY_AFTER else None
    waited = sum(PAUSES[:try_number], timedelta(0))
    return PAUSES[try_number - 1] if try_number <= len(PAUSES) and waited <= patience else None


class SourceRetryPolicy(RetryPolicy):
    """When the source is asked again; and the rules above for what has nothing to do with it."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        from include.settings import get_settings

        pause = when_to_ask_again(exception, try_number, timedelta(minutes=get_settings().source_patience_minutes))
        if pause is None:
            return RETRY_STAGE.evaluate(exception, try_number, max_tries, context)
        reason = f"the source is asked again in {pause.total_seconds():.0f} s ({type(exception).__name__})"
        return RetryDecision(action=RetryAction.RETRY, retry_delay=pause, reason=reason)


RETRY_SOURCE = SourceRetryPolicy()
# of every task that asks the source: `@task(**ASKS_SOURCE, ...)`
ASKS_SOURCE: dict[str, Any] = {"pool": OPENALEX_POOL, "retries": len(PAUSES), "retry_policy": RETRY_SOURCE}

# what takes longer hangs: the longest step of a study takes minutes, a first load of a large scope an hour
LONGEST_TASK = timedelta(hours=6)
LONGEST_RUN = timedelta(hours=12)


def look_around() -> None:
    """Tell who has to know of what is noted. Whatever becomes of that, the work of the task is done or lost already."""
    from include import health
    from include.settings import get_settings

    try:
        health.look(get_settings(), sees_services=False)
    except Exception as error:
        log.warning("nobody could be told: %s", type(error).__name__)


def tell_lineage() -> None:
    """Tell where what this run of a flow has made comes from (ENTANGLED_LINEAGE). Never fails the task."""
    from include import lineage
    from include.settings import get_settings

    if get_settings().lineage != "off":
        lineage.tell(get_settings(), this_run())


def this_run() -> Parent | None:
    """The run of the flow that this task is of, under the id that Airflow's own events give it."""
    from include.lineage import Parent

    try:
        from airflow.providers.openlineage.plugins.adapter import OpenLineageAdapter

        context = get_current_context()
        run = context["dag_run"]
        run_id = OpenLineageAdapter.build_dag_run_id(
            dag_id=run.dag_id, logical_date=run.logical_date or run.run_after, clear_number=run.clear_number
        )
    except Exception as error:
        log.info("lineage is told without the run of the flow: %s", type(error).__name__)
        return None
    return Parent(str(run.dag_id), str(run_id))


class FollowsFailure(AirflowFailException):
    """A task fails because of what was told already: another flow has failed, a gate has refused."""


def refuse_silence(home: Path) -> None:
    """A day whose ingest has failed has nothing new, and is not green for it.

    Raises:
        FollowsFailure: it has failed since the day's run was to start.
    """
    from include.common.clock import utc_now
    from include.contracts.health import failures_in, start_of_day

    today = start_of_day(utc_now())
    failed = [failure for failure in failures_in(home, INGEST) if failure.failed_at >= today]
    if failed:
        first = min(failed, key=lambda failure: failure.failed_at)
        raise FollowsFailure(
            f"nothing new because {INGEST} failed: {first.task}: {first.what}. What to do: {first.fix or 'mend that'}, "
            f"then start {INGEST} again. Log: {first.look}"
        )


class _Noter(BaseNotifier):
    """A notifier without templates: `airflow dags test` hands over a DAG that cannot fill any."""

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        """There are none."""


class TellFailure(_Noter):
    """Notes that a task failed for good, and tells who has to know (ENTANGLED_ALERTS). Never fails the run itself."""

    def notify(self, context: Context) -> None:
        """Called by Airflow in the process of the task, or in the dag-processor when that was killed."""
        from include.contracts.health import failure_of, note_failure
        from include.settings import get_settings

        task = context["ti"]
        look = getattr(task, "log_url", None) or "make status"
        error = context.get("exception")
        failure = failure_of(error, task.dag_id, task.task_id, task.run_id, look=look)
        if isinstance(error, AirflowFailException):
            # raised by our own tasks, with a sentence of ours
            failure = failure.model_copy(update={"what": str(error), "follows": isinstance(error, FollowsFailure)})
        note_failure(get_settings().home, failure)
        look_around()
        # The end of the task's log, below the traceback. Airflow folds up what callbacks say; this ends its fold
        log.info("::endgroup::")
        log.error("%s failed for good: %s", task.task_id, failure.what)
        log.error("what to do: %s", failure.fix or "mend what stands above, and start the flow again")
        log.error("look: %s", look)


# how Airflow calls the end of a run in which no task has failed
WITHOUT_A_TASK = {
    "timed_out": f"the run took longer than it may (dagrun_timeout: {LONGEST_RUN} if the flow has no other)",
    "all_tasks_deadlocked": "no task of the run could start any more",
}


class NoteSeconds(_Noter):
    """Notes how long a task took, when metrics are sent (ENTANGLED_METRICS). What only watches a model took no time."""

    def notify(self, context: Context) -> None:
        """Called by Airflow in the process of the task."""
        from include.common.clock import utc_now
        from include.contracts.health import note_stage
        from include.settings import get_settings

        settings, task = get_settings(), context["ti"]
        is_watcher = "." in task.task_id and not task.task_id.endswith("_watcher")
        if settings.metrics and task.start_date is not None and not is_watcher:
            began = task.start_date + timedelta(days=settings.clock_days)
            note_stage(settings.home, task.dag_id, task.task_id, (utc_now() - began).total_seconds())


class NoteRun(_Noter):
    """Notes how a run of a flow ended; one that ended well closes what was told of its tasks."""

    def __init__(self, state: Literal["success", "failed"]) -> None:
        super().__init__()
        self.state = state

    def notify(self, context: Context) -> None:
        """Called by Airflow in the dag-processor."""
        from include.contracts.health import failure_of, note_failure, note_run
        from include.settings import get_settings

        home, flow, run_id = get_settings().home, context["dag"].dag_id, str(context["run_id"])
        if self.state == "failed" and (why := WITHOUT_A_TASK.get(str(context.get("reason")))):
            # no task has failed, so none has told
            failure = failure_of(None, flow, "run", run_id, look="make status")
            note_failure(home, failure.model_copy(update={"what": why}))
        note_run(home, flow, run_id, self.state)
        look_around()


DEFAULT_ARGS: dict[str, Any] = {
    "owner": "entangled",
    "retries": 2,
    "retry_delay": timedelta(seconds=30),
    "retry_policy": RETRY_STAGE,
    "execution_timeout": LONGEST_TASK,
    "on_failure_callback": [TellFailure()],
    "on_success_callback": [NoteSeconds()],
}

# of every DAG: `@dag(**NOTED, ...)`
NOTED: dict[str, Any] = {
    "dagrun_timeout": LONGEST_RUN,
    "on_success_callback": [NoteRun("success")],
    "on_failure_callback": [NoteRun("failed")],
}


def at(cron: str) -> CronTriggerTimetable:
    """At these times, UTC, and at no others.

    Without the timedelta, even with `run_immediately=False`, a DAG that is started for the first time within a tenth of
    the interval after one of them (2.4 hours of a day) also makes the run that it has missed (Airflow 3.3).
    """
    return CronTriggerTimetable(cron, timezone="UTC", run_immediately=timedelta(0))


def until_the_budget_ends(work: Callable[[], T]) -> T:
    """Do `work`; when the day's budget is used up, end the task as skipped: what is fetched stays, the rest waits."""
    from include.contracts.health import note_credits
    from include.openalex.errors import BudgetExhausted
    from include.settings import get_settings

    try:
        return work()
    except BudgetExhausted as error:
        note_credits(get_settings().home, error.resets_at)
        log.warning("postponed to the next run: %s", error)
        raise AirflowSkipException(f"the day's budget is used up; the next run goes on here. {error}") from error
