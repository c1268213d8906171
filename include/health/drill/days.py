"""Days of a home by our own clock: what a run notes on a good day, and on days when something breaks.

Notes, refusals and records are the real files, looked at every five minutes by the real look. Services and disk are
played: nothing is started and nothing is filled.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from include.common.files import point_link
from include.contracts.acceptance import Refusal, Subject
from include.contracts.batch import Check
from include.contracts.health import (
    Began,
    CreditsEnded,
    Failure,
    ReleaseConfirmed,
    RunEnded,
    SourceChecked,
    failure_file,
    health_folder,
    note,
    run_file,
)
from include.contracts.release import Release
from include.health.drill.receivers import Received
from include.health.facts import Credits, Facts, gather
from include.health.looking import tell
from include.local.hearts import Service
from include.settings import Settings

FIRST = datetime(2026, 3, 2, tzinfo=UTC)
LOOK_EVERY = timedelta(minutes=5)
PLENTY, LITTLE = 50_000_000_000, 1_000_000_000
INGEST, BUILD = "ingest_openalex", "build_warehouse"


@dataclass
class World:
    """A home whose runs are played: it writes what they would note. `now` is set before each event."""

    settings: Settings
    now: datetime = FIRST
    dead: set[str] = field(default_factory=set)
    free_bytes: int = PLENTY
    credits: Credits | None = None

    def begin(self) -> None:
        """As of three days before the first, a release is promised; there is one, of the day before."""
        note(health_folder(self.settings.home) / "began.json", Began(began_at=FIRST - timedelta(days=3)))
        self.now = FIRST - timedelta(hours=18)
        self.publish()

    def check_source(self, found: str = "nothing new") -> None:
        """The ingest has ended well."""
        note(health_folder(self.settings.home) / "source.json", SourceChecked(checked_at=self.now, found=found))
        self.end(INGEST, "success")

    def confirm(self, how: Literal["published", "nothing new", "held"] = "nothing new") -> None:
        """The build has ended well."""
        note(health_folder(self.settings.home) / "release.json", ReleaseConfirmed(confirmed_at=self.now, how=how))
        self.end(BUILD, "success")

    def publish(self, *checks: Check) -> None:
        """A new release goes out, with these findings of gate 2."""
        release = Release(
            release_id=f"{self.now:%Y%m%dT%H%M%SZ}-played",
            published_at=self.now,
            run_id=f"run-{self.now:%Y%m%d%H%M}",
            built_at=self.now,
            data_origin="synthetic",
            scope_id="demo",
            fetch_version="played",
            scope_title="played",
            works_in=0,
            works_loaded=0,
            works_quarantined=0,
            tables=(),
            gates={"gate_2": checks},
            previous=None,
            changes={},
            batches=(),
            dbt_invocation_id="",
            git_revision="",
            files_sha256={},
        )
        folder = self.settings.releases_dir / release.release_id
        release.save(folder / "release.json")
        point_link(self.settings.releases_dir / "current", folder)
        for other in self.settings.releases_dir.glob("*-played"):
            if other != folder and other.name != "current":
                shutil.rmtree(other)
        self.confirm("published")

    def fail(self, flow: str, task: str, what: str, *, by_gate: bool = False, follows: bool = False) -> None:
        """A task fails for good, and its run ends with it."""
        failure = Failure(
            flow=flow,
            task=task,
            run_id="played",
            failed_at=self.now,
            what=what,
            fix="mend it",
            look=f"http://127.0.0.1:8080/dags/{flow}",
            refused_by_gate=by_gate,
            follows=follows,
        )
        note(failure_file(self.settings.home, flow, task), failure)
        self.end(flow, "failed")

    def end(self, flow: str, state: Literal["success", "failed"]) -> None:
        """A run of a flow ends."""
        home = self.settings.home
        note(run_file(home, flow), RunEnded(flow=flow, run_id="played", ended_at=self.now, state=state))
        if state == "success":
            for file in (health_folder(home) / "failed").glob(f"{flow}.*.json"):
                file.unlink()

    def refuse(self, gate: Literal["gate_1", "gate_2", "gate_3"], subject: str, check: str) -> None:
        """A gate refuses what it judges."""
        found = Check.made(check, passed=False, kind="judgement", observed="7 rows: 534 -> 178", expected="at most 20%")
        refusal = Refusal(gate=gate, subject=subject, refused_at=self.now, checks=(found,))
        file = Subject(self.settings.home, gate, subject).refusal_file
        file.parent.mkdir(parents=True, exist_ok=True)
        refusal.save(file)
        flow, task = (INGEST, "extract") if gate == "gate_1" else (BUILD, "check" if gate == "gate_2" else "audit")
        self.fail(flow, task, "refused", by_gate=True)

    def clear(self, gate: Literal["gate_1", "gate_2", "gate_3"], subject: str) -> None:
        """The gate lets it pass."""
        Subject(self.settings.home, gate, subject).refusal_file.unlink()

    def end_credits(self) -> None:
        """The day's credits end in a run."""
        until = (self.now + timedelta(days=1)).replace(hour=0, minute=0)
        note(health_folder(self.settings.home) / "credits.json", CreditsEnded(ended_at=self.now, resets_at=until))

    def plan(self, left: int, postponed: int = 0) -> None:
        """A plan is made, and leaves so many credits of ten thousand."""
        self.credits = Credits(
            limit=10_000,
            left=left,
            resets_at=(self.now + timedelta(days=1)).replace(hour=0, minute=0),
            planned_at=self.now,
            postponed=postponed,
            postponed_credits=40 * postponed,
        )

    def facts(self, now: datetime) -> Facts:
        """What a look finds."""
        names = ("api-server", "scheduler", "dag-processor", "triggerer")
        services = [Service(name, name not in self.dead, "as played") for name in names]
        found = gather(self.settings, now, sees_services=False)
        return replace(found, services=services, free_bytes=self.free_bytes, credits=self.credits)


Event = tuple[float, Callable[[World], None]]


@dataclass(frozen=True)
class Day:
    """What happens at which hours, and the causes that somebody has to be told of on that day; clean when none."""

    name: str
    events: Sequence[Event]
    causes: frozenset[str] = frozenset()


def _both(*acts: Callable[[World], None]) -> Callable[[World], None]:
    def act(world: World) -> None:
        for one in acts:
            one(world)

    return act


def _warned(name: str) -> Check:
    return Check.made(name, severity="warn", passed=False, observed=f"works.{name} in 3 records", expected="none")


def _good(source: float = 4.4, release: float = 6.1) -> list[Event]:
    """A day's run that ends well with nothing new."""
    return [(source, lambda world: world.check_source()), (release, lambda world: world.confirm())]


def _published(hour: float, *checks: Check) -> list[Event]:
    return [
        (hour - 0.5, lambda world: world.check_source("3 batches wait")),
        (hour, lambda world: world.publish(*checks)),
    ]


def _dead(name: str, begin: float, end: float) -> list[Event]:
    return [(begin, lambda world: world.dead.add(name)), (end, lambda world: world.dead.discard(name))]


def clean_days() -> list[Day]:
    """Twenty days on which nobody has to be told anything."""
    kinds = [
        Day("nothing new", _good()),
        Day("a new release", _published(5)),
        Day("a new release just in time", _published(7.9)),
        Day("nothing new, late in the night", _good(4.05, 4.1)),
        Day("a second run by hand", [*_good(), *_published(15)]),
        Day("a rollback holds", [(4.4, lambda world: world.check_source()), (6, lambda world: world.confirm("held"))]),
        Day("half of the credits", [(4.1, lambda world: world.plan(5_000)), *_good()]),
        Day("the scheduler is started again", [*_good(), *_dead("scheduler", 10, 10.05)]),
        Day("a disk that is used", [(3, lambda world: setattr(world, "free_bytes", 2 * LITTLE + 1)), *_good()]),
        Day("a task is tried again and ends well", [*_good(5.9, 6.2)]),
    ]
    return kinds * 2


def broken_days() -> list[Day]:
    """Twenty days on each of which something breaks, and is mended before the day ends."""
    late = "late.release"

    def day(name: str, events: Sequence[Event], *causes: str) -> Day:
        return Day(name, events, frozenset(causes))

    def failing(flow: str, task: str, what: str, hour: float) -> Event:
        return (hour, lambda world: world.fail(flow, task, what))

    gate_3_again: list[Event] = [
        (4.5, lambda world: world.check_source("1 batch waits")),
        (6.2, lambda world: world.refuse("gate_3", "run-1", "joint_papers_stable_fail")),
        (7.0, lambda world: world.refuse("gate_3", "run-2", "funding_stable_fail")),
        (7.5, lambda world: world.publish()),
    ]
    return [
        day(
            "the key is refused",
            [failing(INGEST, "plan", "the key", 4.1), *_good(10, 10.5)],
            *(f"task.{INGEST}.plan", late),
        ),
        day(
            "a window fails, mended in time",
            [failing(INGEST, "extract", "cut", 4.5), *_published(7.5)],
            f"task.{INGEST}.extract",
        ),
        day(
            "gate 1 refuses a window",
            [
                (4.5, lambda world: world.refuse("gate_1", "works-2019", "raw_volume")),
                *_good(9.1, 9.2),
            ],
            *("gate.gate_1", late),
        ),
        day(
            "gate 2 refuses a build",
            [
                (4.5, lambda world: world.check_source("1 batch waits")),
                (6.1, lambda world: world.refuse("gate_2", "build", "works_loaded")),
                (7, _both(lambda world: world.clear("gate_2", "build"), lambda world: world.publish())),
            ],
            "gate.gate_2",
        ),
        day(
            "gate 3 refuses a candidate until noon",
            [
                (4.5, lambda world: world.check_source("1 batch waits")),
                (6.2, lambda world: world.refuse("gate_3", "run", "joint_papers_stable_fail")),
                (12, lambda world: world.publish()),
            ],
            *("gate.gate_3", late),
        ),
        day("gate 3 refuses two candidates", gate_3_again, "gate.gate_3"),
        day("a release with warnings", [*_published(5, _warned("dbt_warnings")), *_published(15)], "warnings.release"),
        day("the schema drifts", [*_published(5, _warned("schema_drift")), *_published(15)], "drift.schema"),
        day("the scheduler dies at night", [*_dead("scheduler", 2, 9), *_good(9.2, 9.4)], "service.scheduler", late),
        day("the flows are paused", [*_good(11, 11.2)], late),
        day("the dag-processor dies", [*_good(), *_dead("dag-processor", 13, 14)], "service.dag-processor"),
        day("the api-server does not answer", [*_good(), *_dead("api-server", 15, 15.5)], "service.api-server"),
        day(
            "the credits end in a run",
            [
                (4.5, lambda world: world.end_credits()),
                (6.1, lambda world: world.confirm()),
                (20, lambda world: world.check_source()),
            ],
            *("credits.source", late),
        ),
        day("few credits are left", [(4.1, lambda world: world.plan(500)), *_good()], "credits.source"),
        day("windows have to wait", [(4.1, lambda world: world.plan(3_000, postponed=4)), *_good()], "credits.source"),
        day(
            "the disk fills",
            [
                *_good(),
                (13, lambda world: setattr(world, "free_bytes", LITTLE)),
                (16, lambda world: setattr(world, "free_bytes", PLENTY)),
            ],
            "disk.home",
        ),
        day("a task is killed", [failing(BUILD, "export", "killed", 5), *_published(7)], f"task.{BUILD}.export"),
        day(
            "a failed ingest makes a failed build",
            [
                failing(INGEST, "references", "the source is away", 4.6),
                (6, lambda world: world.fail(BUILD, "is_due", "nothing new because ingest failed", follows=True)),
                *_good(10, 10.2),
            ],
            *(f"task.{INGEST}.references", late),
        ),
        day(
            "a torn batch is found",
            [
                *_good(),
                failing("maintain", "verify_raw", "torn", 9),
                (20, lambda world: world.end("maintain", "success")),
            ],
            "task.maintain.verify_raw",
        ),
        day("a whole day without a run", [*_good(23, 23.2)], late),
    ]


@dataclass
class Tally:
    """What became of the days: messages that did not come, and those that should not have come."""

    clean: int = 0
    broken: int = 0
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)


def play(settings: Settings, days: Sequence[Day], receivers: Sequence[Received], *, seed: int) -> Tally:
    """Play these days in an order drawn by `seed`; every receiver has to get the same."""
    order = [*days]
    random.Random(seed).shuffle(order)
    world, tally = World(settings), Tally()
    world.begin()
    for number, day in enumerate(order):
        start = FIRST + timedelta(days=number)
        seen = [len(receiver.messages) for receiver in receivers]
        _live(world, day, start)
        tally.clean += not day.causes
        tally.broken += bool(day.causes)
        for receiver, before in zip(receivers, seen, strict=True):
            told = [message.cause for message in receiver.messages[before:] if not message.is_over]
            ended = [message.cause for message in receiver.messages[before:] if message.is_over]
            tally.missed += [f"{start:%Y-%m-%d} {day.name}: {cause}" for cause in sorted(day.causes - {*told})]
            tally.false += [f"{start:%Y-%m-%d} {day.name}: {cause}" for cause in told if cause not in day.causes]
            known = {message.cause for message in receiver.messages if not message.is_over}
            tally.false += [f"{start:%Y-%m-%d} {day.name}: over: {cause}" for cause in ended if cause not in known]
    for receiver in receivers:
        begun = {message.cause for message in receiver.messages if not message.is_over}
        over = {message.cause for message in receiver.messages if message.is_over}
        tally.missed += [f"the end of {cause}" for cause in sorted(begun - over)]
    return tally


def _live(world: World, day: Day, start: datetime) -> None:
    waiting = sorted(day.events, key=lambda event: event[0])
    now = start
    while now < start + timedelta(days=1):
        while waiting and start + timedelta(hours=waiting[0][0]) <= now:
            hour, act = waiting.pop(0)
            world.now = start + timedelta(hours=hour)
            act(world)
        tell(world.settings, world.facts(now))
        now += LOOK_EVERY


def home_for(folder: Path, receivers: Sequence[Received]) -> Settings:
    """Settings of a home of its own that tells these receivers."""
    addresses = " ".join(receiver.address for receiver in receivers)
    return Settings(_env_file=None, ENTANGLED_HOME=folder, ENTANGLED_ALERTS=addresses)
