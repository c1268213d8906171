"""What runs note of themselves, so that somebody who does not look at Airflow can say how a home is.

    <home>/health/began.json                  since when a release is promised for every day
    <home>/health/source.json                 the last time that the source was asked for all that was due
    <home>/health/release.json                the last time that the release was published or found up to date
    <home>/health/credits.json                the last time that a run had to stop because the day's credits had ended
    <home>/health/runs/<flow>.json            how the last run of a flow ended, and its last failure
    <home>/health/failed/<flow>.<task>.json   a task that failed for good; removed when the flow has ended well

Notes are advisory: nothing is decided by them but what people are told.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar, Literal, TypeVar

from pydantic import Field

from include.common.clock import utc_now
from include.common.errors import ContractError, EntangledError
from include.common.files import ensure_dir
from include.contracts.acceptance import Refused
from include.contracts.base import HandOver

log = logging.getLogger("entangled")

Note = TypeVar("Note", bound=HandOver)

# UTC; the flow ingest_openalex starts then (dags/ingest_openalex.py), and what is found after that counts for the day
DAY_STARTS = timedelta(hours=4)

# runs of `python -m include.pipeline run` and of `make accept`
COMMAND = "command"


class Began(HandOver):
    """`began.json`: when somebody began to watch this home. Before that nothing was promised."""

    what_it_is: ClassVar[str] = "note of a beginning"

    schema_version: Literal[1] = 1
    began_at: datetime


class SourceChecked(HandOver):
    """`source.json`: the source was asked for all that was due, and answered. `found`: what came of it."""

    what_it_is: ClassVar[str] = "note of a check of the source"

    schema_version: Literal[1] = 1
    checked_at: datetime
    found: str


class ReleaseConfirmed(HandOver):
    """`release.json`: a release was published, or is what a build would make now, or waits behind a rollback."""

    what_it_is: ClassVar[str] = "note of a release"

    schema_version: Literal[1] = 1
    confirmed_at: datetime
    how: Literal["published", "nothing new", "held"]


class CreditsEnded(HandOver):
    """`credits.json`: a run stopped because the day's credits had ended."""

    what_it_is: ClassVar[str] = "note of ended credits"

    schema_version: Literal[1] = 1
    ended_at: datetime
    resets_at: datetime


class Failure(HandOver):
    """A task that failed for good. `what` is its sentence, `look` the page of its log or the command that shows it.

    `refused_by_gate`: a gate has noted itself what it refused (acceptance.py). `follows`: it failed because of
    what is told by itself.
    """

    what_it_is: ClassVar[str] = "note of a failure"

    schema_version: Literal[1] = 1
    flow: str
    task: str
    run_id: str
    failed_at: datetime
    what: str
    where: str = ""
    fix: str = ""
    look: str = ""
    refused_by_gate: bool = False
    follows: bool = False


class StageEnded(HandOver):
    """`stages/<flow>.<stage>.json`: how long a stage took the last time. Noted for metrics (ENTANGLED_METRICS)."""

    what_it_is: ClassVar[str] = "note of a stage"

    schema_version: Literal[1] = 1
    flow: str
    stage: str
    seconds: float
    ended_at: datetime


class RunEnded(HandOver):
    """`runs/<flow>.json`. `last_failure` stays when later runs end well."""

    what_it_is: ClassVar[str] = "note of a run"

    schema_version: Literal[1] = 1
    flow: str
    run_id: str
    ended_at: datetime
    state: Literal["success", "failed"]
    last_failure: Failure | None = Field(default=None)


def health_folder(home: Path) -> Path:
    """Where these notes lie."""
    return home / "health"


def failure_file(home: Path, flow: str, task: str) -> Path:
    """The note of a task that failed."""
    return health_folder(home) / "failed" / f"{_plain(flow)}.{_plain(task)}.json"


def run_file(home: Path, flow: str) -> Path:
    """The note of a flow's last run."""
    return health_folder(home) / "runs" / f"{_plain(flow)}.json"


def note(file: Path, content: HandOver) -> None:
    """Write a note. One that cannot be written is logged: the work that it tells of is done all the same."""
    try:
        ensure_dir(file.parent)
        content.save(file)
    except (EntangledError, OSError) as error:
        log.warning("%s cannot be written: %s", content.what_it_is, error)


def note_source(home: Path, found: str) -> None:
    """The source has answered all that was due."""
    note(health_folder(home) / "source.json", SourceChecked(checked_at=utc_now(), found=found))


def note_release(home: Path, how: Literal["published", "nothing new", "held"]) -> None:
    """Readers have what a build would make now."""
    note(health_folder(home) / "release.json", ReleaseConfirmed(confirmed_at=utc_now(), how=how))


def note_credits(home: Path, resets_at: datetime) -> None:
    """A run had to stop."""
    note(health_folder(home) / "credits.json", CreditsEnded(ended_at=utc_now(), resets_at=resets_at))


def failure_of(error: BaseException | str | None, flow: str, task: str, run_id: str, *, look: str) -> Failure:
    """The note of an error. Of one that is none of ours the kind is told and where its traceback is: what a library
    says may hold anything."""
    told: dict[str, str] = {}
    if isinstance(error, EntangledError):
        told = {"what": error.what, "where": error.where, "fix": error.fix}
    elif isinstance(error, BaseException):
        told = {"what": f"it ended in {type(error).__name__}, which is no error of ours; its log has the traceback"}
    else:
        told = {"what": "it ended without an error of its own: it was killed, or ran out of time or memory"}
    return Failure(
        flow=flow,
        task=task,
        run_id=run_id,
        failed_at=utc_now(),
        look=look,
        refused_by_gate=isinstance(error, Refused),
        **told,
    )


def note_failure(home: Path, failure: Failure) -> None:
    """A task failed for good. Of a mapped task, the instance that failed last is told."""
    note(failure_file(home, failure.flow, failure.task), failure)


def note_run(home: Path, flow: str, run_id: str, state: Literal["success", "failed"]) -> None:
    """A run of `flow` has ended. One that ended well removes the notes of tasks that failed before."""
    failures = failures_in(home, flow)
    earlier = last_run(home, flow)
    latest = max(failures, key=lambda failure: failure.failed_at, default=None)
    note(
        run_file(home, flow),
        RunEnded(
            flow=flow,
            run_id=run_id,
            ended_at=utc_now(),
            state=state,
            last_failure=latest or (earlier.last_failure if earlier else None),
        ),
    )
    if state == "success":
        for failure in failures:
            failure_file(home, failure.flow, failure.task).unlink(missing_ok=True)


def failures_in(home: Path, flow: str | None = None) -> list[Failure]:
    """Tasks that failed and were not mended since, of all flows or of one."""
    found = _readable(Failure, (health_folder(home) / "failed").glob("*.json"))
    return [failure for failure in found if flow in (None, failure.flow)]


def last_runs(home: Path) -> list[RunEnded]:
    """How the last run of each flow ended."""
    return _readable(RunEnded, (health_folder(home) / "runs").glob("*.json"))


def last_run(home: Path, flow: str) -> RunEnded | None:
    """How the last run of `flow` ended."""
    return next(iter(_readable(RunEnded, [run_file(home, flow)])), None)


def note_stage(home: Path, flow: str, stage: str, seconds: float) -> None:
    """A stage has ended well."""
    file = health_folder(home) / "stages" / f"{_plain(flow)}.{_plain(stage)}.json"
    note(file, StageEnded(flow=flow, stage=stage, seconds=round(seconds, 2), ended_at=utc_now()))


def stages_in(home: Path) -> list[StageEnded]:
    """How long each stage of each flow took the last time."""
    return _readable(StageEnded, (health_folder(home) / "stages").glob("*.json"))


def source_checked(home: Path) -> SourceChecked | None:
    """When the source last answered all that was due."""
    return next(iter(_readable(SourceChecked, [health_folder(home) / "source.json"])), None)


def release_confirmed(home: Path) -> ReleaseConfirmed | None:
    """When the release was last published or found up to date."""
    return next(iter(_readable(ReleaseConfirmed, [health_folder(home) / "release.json"])), None)


def credits_ended(home: Path) -> CreditsEnded | None:
    """When a run last had to stop for want of credits."""
    return next(iter(_readable(CreditsEnded, [health_folder(home) / "credits.json"])), None)


def begin(home: Path) -> datetime:
    """Since when this home is watched; from now on, when nobody did before."""
    file = health_folder(home) / "began.json"
    if (began := began_at(home)) is None:
        began = utc_now()
        note(file, Began(began_at=began))
    return began


def began_at(home: Path) -> datetime | None:
    """Since when this home is watched, None when nobody does."""
    found = _readable(Began, [health_folder(home) / "began.json"])
    return found[0].began_at if found else None


def end(home: Path) -> None:
    """Nobody watches this home any more, and nothing is promised: a person has stopped it."""
    (health_folder(home) / "began.json").unlink(missing_ok=True)


def start_of_day(now: datetime) -> datetime:
    """The last time that the day's run was to start, `now` or before."""
    start = now.replace(hour=0, minute=0, second=0, microsecond=0) + DAY_STARTS
    return start if start <= now else start - timedelta(days=1)


def was_checked_today(home: Path, now: datetime) -> bool:
    """Whether the source has answered all that was due since the day's run was to start."""
    checked = source_checked(home)
    return checked is not None and checked.checked_at >= start_of_day(now)


def _readable(kind: type[Note], files: Iterable[Path]) -> list[Note]:
    """The notes that are there. One that cannot be read is as good as none, and the next run writes it anew."""
    found = []
    for file in sorted(files):
        if not file.exists():
            continue
        try:
            found.append(kind.load(file))
        except ContractError as error:
            log.warning("%s: %s", error.what, file)
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)
