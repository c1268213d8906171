"""What happens to each run, and when: drawn from a seed, so that a run that went wrong can be made again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

# one process of the home: a service, the process of a task, the worker that supervises one, dbt
TARGETS = ("task", "worker", "dbt", "scheduler", "dag-processor", "triggerer", "api-server", "sandbox")
POSTGRES = "postgres"
FEWEST_KILLS, MOST_KILLS = 2, 4
# shares of a run between which it runs
_DBT_RUNS = (0.4, 0.7)
TEN = 10

Act = Literal["kill", "kill all", "fill the disk", "set the clock", "start ten times"]
# where a run takes place: metadata in SQLite, in Postgres, or with a clock that can be set
Place = Literal["sqlite", "postgres", "clock"]
Kind = Literal["kills", "kills with postgres", "all", "disk", "back", "ahead", "ten"]

CLOCKS: dict[Kind, tuple[str, int]] = {"back": ("an hour back", -3600), "ahead": ("a day on", 86400)}
# Airflow looks at no run that begins later than now: what ran when the clock went back stands still until it is right
_UNTIL_RIGHT = 0.25
# of twenty runs; the first ones of a shorter proof are of different kinds too
CYCLE: tuple[Kind, ...] = (
    *("kills", "all", "disk", "kills with postgres", "kills", "back", "ten"),
    *("kills", "kills", "disk", "kills", "ahead", "kills with postgres"),
    *("kills", "all", "kills", "disk", "kills with postgres", "kills", "kills"),
)


@dataclass(frozen=True)
class Deed:
    """One disturbance, `share` of an undisturbed run's length after the run was started.

    `target`: the process that is killed. `seconds`: how far the clock is set on from the right time (below 0: back).
    """

    act: Act
    share: float
    target: str = ""
    seconds: int = 0

    @property
    def words(self) -> str:
        """What is done."""
        if self.act == "kill":
            return f"kill {self.target}"
        if self.act == "set the clock":
            if not self.seconds:
                return "clock right again"
            return next(f"clock {words}" for words, seconds in CLOCKS.values() if seconds == self.seconds)
        return self.act


@dataclass(frozen=True)
class Plan:
    """What happens to one run, in the order of time, and in which home."""

    kind: Kind
    place: Place
    deeds: tuple[Deed, ...]


def draw_plans(count: int, seed: int) -> list[Plan]:
    """The plans of `count` runs; the same seed gives the same ones, and more runs begin with those of fewer."""
    moments = random.Random(seed)
    deck = _deck(moments)
    disks = 0
    plans = []
    for number in range(count):
        kind = CYCLE[number % len(CYCLE)]
        if kind == "disk":
            # each time in another third of the run: while it reads, builds, publishes
            deeds = [Deed("fill the disk", (disks % 3 + moments.random()) / 3)]
            disks += 1
        elif kind == "all":
            deeds = [Deed("kill all", moments.random())]
        elif kind == "ten":
            deeds = [Deed("start ten times", moments.random())]
        elif kind in CLOCKS:
            seconds = CLOCKS[kind][1]
            wrong_for = _UNTIL_RIGHT if seconds < 0 else 0.0
            deeds = [Deed("set the clock", moments.random() * (1 - wrong_for), seconds=seconds)]
            if wrong_for:
                deeds.append(Deed("set the clock", deeds[0].share + wrong_for))
        else:
            deeds = _kills(moments, deck, with_postgres=kind == "kills with postgres")
        plans.append(Plan(kind, _place(kind), tuple(sorted(deeds, key=lambda deed: deed.share))))
    return plans


def _deck(moments: random.Random) -> Iterator[str]:
    """Each target once, in another order each time."""
    while True:
        yield from moments.sample(TARGETS, len(TARGETS))


def _kills(moments: random.Random, deck: Iterator[str], *, with_postgres: bool) -> list[Deed]:
    wanted = moments.randint(FEWEST_KILLS, MOST_KILLS)
    targets = [POSTGRES] if with_postgres else []
    while len(targets) < wanted:
        target = next(deck)
        if target not in targets:
            targets.append(target)
    shares = {"dbt": _DBT_RUNS}
    return [Deed("kill", moments.uniform(*shares.get(target, (0, 1))), target=target) for target in targets]


def _place(kind: Kind) -> Place:
    if kind == "kills with postgres":
        return "postgres"
    return "clock" if kind in CLOCKS else "sqlite"
