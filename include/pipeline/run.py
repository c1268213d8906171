"""One run: from the source to a published release."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from include.common.clock import utc_now
from include.common.files import only_one
from include.common.ids import new_ulid
from include.common.progress import format_duration
from include.contracts.health import (
    COMMAND,
    failure_of,
    note_credits,
    note_failure,
    note_release,
    note_run,
    note_source,
    note_stage,
)
from include.contracts.release import Release
from include.settings import Settings

if TYPE_CHECKING:
    from include.lineage import Parent

log = logging.getLogger("entangled")

T = TypeVar("T")
# where `go_on` may begin
FirstStep = Literal["build", "check", "audit", "publish"]


@dataclass
class RunResult:
    """What a run did: the release that readers see now, whether this run made it, and seconds by step.

    `held` says so when a rollback holds, and what waits for its end.
    """

    release: Release
    is_new: bool
    held: str = ""
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def total_seconds(self) -> float:
        return sum(self.seconds.values())


def show_plan(settings: Settings, *, full_sweep: bool = False) -> str:
    """What a run would ask of the source now, as a table. Asks for counts, fetches nothing.

    Raises:
        EntangledError: the scope cannot be used or the source could not be asked.
    """
    from include import openalex

    openalex.resolve_scope(settings)
    return openalex.plan(settings, full=full_sweep).table()


def run(settings: Settings, *, full_sweep: bool = False, full_refresh: bool = False) -> RunResult:
    """Bring the release up to date with the source.

    Every step does what is not yet done, so a run that was killed is simply started again. With nothing new, the
    current release stays. `full_sweep` asks for every window again, whatever its age; `full_refresh` rebuilds the
    warehouse from the typed batches.

    Raises:
        BusyError: another run works in the same home.
        EntangledError: a step failed or a gate blocked; the message says what to do, and readers keep the last release.
    """
    # stages are imported here, so that `--help` and a refused lock cost nothing
    from include import flatten, openalex, release, warehouse
    from include.pipeline.waiting import due_because

    steps = Steps(settings)
    with only_one(run_lock(settings), f"a run in {settings.home}"), steps.noted():
        steps("scope", lambda: openalex.resolve_scope(settings))
        steps("extract", lambda: openalex.extract_all(settings, full=full_sweep))
        steps("vanished", lambda: openalex.sync_vanished(settings))
        steps("totals", lambda: openalex.sync_totals(settings))
        steps("flatten", lambda: flatten.flatten_new(settings))
        steps("references", lambda: openalex.sync_references(settings))
        steps("flatten references", lambda: flatten.flatten_new(settings))

        due = due_because(settings)
        note_source(settings.home, due or "nothing new")
        published = release.current(settings)
        if published is not None and not full_refresh and not due:
            log.info("nothing new since release %s", published.release_id)
            note_release(settings.home, "nothing new")
            _hand_on(settings, steps)
            hold = release.hold(settings)
            return RunResult(
                published, is_new=False, held=f"{hold}: nothing new" if hold else "", seconds=steps.seconds
            )

        if published is not None and due:
            log.info("a new release is due: %s", due)
        steps("build", lambda: warehouse.build(settings, full_refresh=full_refresh))
        return publish_built(settings, new_ulid(), steps)


def go_on(settings: Settings, run_id: str, first: FirstStep) -> RunResult:
    """Go on with run `run_id` from the step `first`: what the steps before it made is there.

    Raises:
        As `run`.
    """
    from include import warehouse

    steps = Steps(settings)
    with only_one(run_lock(settings), f"a run in {settings.home}"), steps.noted():
        if first == "publish":
            return _publish(settings, run_id, steps)
        if first == "audit":
            return publish_candidate(settings, run_id, steps)
        if first == "build":
            steps("build", lambda: warehouse.build(settings))
        return publish_built(settings, run_id, steps)


def run_lock(settings: Settings) -> Path:
    """Held by whoever brings the release up to date."""
    return settings.locks_dir / "run.lock"


class Steps:
    """Does one step after the other, logs them, and keeps how many seconds each took."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.seconds: dict[str, float] = {}
        self._now = "begin"
        self._run_id = new_ulid()

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note how the steps end, for who looks at this home from outside, and tell where what they made comes from."""
        from include.openalex.errors import BudgetExhausted

        home, began = self._settings.home, utc_now()
        # None: stopped by a person, or killed; the next run goes on there, and tells of it
        state: Literal["success", "failed"] | None = None
        try:
            yield
            state = "success"
        except BudgetExhausted as error:
            # no failure: the next run goes on there
            note_credits(home, error.resets_at)
            state = "success"
            raise
        except Exception as error:
            note_failure(home, failure_of(error, COMMAND, self._now, self._run_id, look="make status"))
            state = "failed"
            raise
        finally:
            if state is not None:
                note_run(home, COMMAND, self._run_id, state)
                self._tell(began, failed=state != "success")

    def _tell(self, began: datetime, *, failed: bool) -> None:
        from include import lineage, metrics

        lineage.tell(self._settings, self.parent)
        lineage.tell_run(self._settings, self.parent, began, failed=failed)
        metrics.push(self._settings)

    @property
    def parent(self) -> Parent:
        """These steps, as what they make belongs to them."""
        from include.lineage import command_run

        return command_run(self._run_id)

    def __call__(self, name: str, work: Callable[[], T]) -> T:
        """Do `work`; returns what it returns."""
        started = time.monotonic()
        self._now = name
        log.info("%s ...", name)
        result = work()
        self.seconds[name] = round(time.monotonic() - started, 2)
        log.info("%s: done in %s", name, format_duration(self.seconds[name]))
        if self._settings.metrics:
            note_stage(self._settings.home, COMMAND, name, self.seconds[name])
        return result


def publish_built(settings: Settings, run_id: str, steps: Steps) -> RunResult:
    """From the warehouse as it is built to a release: gate 2, and a candidate `run_id`. Hold the lock.

    Raises:
        EntangledError: a step failed or a gate blocked; readers keep the last release.
    """
    from include import warehouse

    steps("check (gate 2)", lambda: warehouse.check_build(settings))
    steps("export", lambda: warehouse.export_candidate(settings, run_id))
    return publish_candidate(settings, run_id, steps)


def publish_candidate(settings: Settings, run_id: str, steps: Steps) -> RunResult:
    """From the candidate `run_id` to a release: gate 3, report, publish. Hold the lock.

    Raises:
        EntangledError: a step failed or the gate blocked; readers keep the last release.
    """
    from include import audit, report

    steps("audit (gate 3)", lambda: audit.audit(settings, run_id))
    steps("report", lambda: report.write_report(settings, run_id))
    return _publish(settings, run_id, steps)


def _publish(settings: Settings, run_id: str, steps: Steps) -> RunResult:
    from include import release

    published = release.current(settings)
    made = steps("publish", lambda: release.publish(settings, run_id))
    hold = release.hold(settings)
    note_release(settings.home, "published" if hold is None else "held")
    _hand_on(settings, steps)
    return RunResult(
        made,
        is_new=hold is None and (published is None or made.release_id != published.release_id),
        held=f"{hold}: run {run_id} waits, `make rollforward` publishes it" if hold else "",
        seconds=steps.seconds,
    )


def _hand_on(settings: Settings, steps: Steps) -> None:
    """Take what is published to where else it shall be; also with nothing new, because a server may have been away."""
    from include import lineage, release, store

    if store.is_set(settings):
        steps("store", lambda: store.push(settings))
    if release.is_served(settings):
        served = steps("postgres", lambda: release.serve(settings))
        lineage.tell_served(settings, served.release_id, served.where, steps.parent)
