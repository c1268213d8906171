"""A row of the catalogue: what is spoilt, where, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from include.pipeline.corruptions.bench import Bench

Place = Literal["source", "lists", "raw", "typed", "warehouse", "candidate"]
# what stops a run: the checks of a raw batch and of flatten, those of the build, the audit, and those of publishing
Gate = Literal["gate 1", "gate 2", "gate 3", "publish"]
Make = Callable[["Bench"], None]
# the saved stage that a corruption begins with, and the command that goes on from there (stages.py)
Start = Literal["source", "lists", "raw", "typed", "models", "built", "exported", "audited"]


@dataclass(frozen=True)
class Corruption:
    """One corruption.

    `by` is the check that must be among those that find it, or words of the message where no check does. `enough` says
    why a warning is enough; empty: the run must be stopped.
    """

    name: str
    place: Place
    sentence: str
    gate: Gate
    by: str
    make: Make
    start: Start
    enough: str = ""

    @property
    def expected(self) -> str:
        """What must become of it."""
        return "warned" if self.enough else "stopped"


@dataclass(frozen=True)
class Group:
    """Makes the rows of one place and start."""

    place: Place
    start: Start

    def __call__(self, name: str, sentence: str, gate: Gate, by: str, make: Make, *, enough: str = "") -> Corruption:
        """A row."""
        return Corruption(name, self.place, sentence, gate, by, make, self.start, enough)
