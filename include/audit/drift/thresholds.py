"""The part `drift` of thresholds.yml: how far each measure may move. A mistake in it is one sentence."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from include.common.errors import SettingsError

FILE = Path(__file__).parents[1] / "thresholds.yml"
_LIMITS = ("warn", "fail")


@dataclass(frozen=True)
class Limits:
    """From which movement on a cell warns, and from which on it blocks."""

    warn: float
    fail: float


@dataclass(frozen=True)
class MeasureThresholds:
    """Limits of one measure: without history, and their bounds with it (None: history changes nothing)."""

    fixed: Limits
    least: Limits | None
    most: Limits | None
    floor: float


@dataclass(frozen=True)
class History:
    """How limits follow from the movements of the last releases."""

    releases: int
    warn_spreads: float
    fail_spreads: float


@dataclass(frozen=True)
class Thresholds:
    """The part as a whole."""

    history: History
    running: Limits
    measures: dict[str, MeasureThresholds]


def load_thresholds(measures: Collection[str], file: Path = FILE) -> Thresholds:
    """Read the part; `measures` are the names that there are.

    Raises:
        SettingsError: a measure is unknown or has no limits, or a limit cannot be meant.
    """
    try:
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(
            f"the thresholds cannot be read: {' '.join(str(error).split())}", where=str(file), fix="correct the file"
        ) from None
    reader = _Reader(file)
    if not isinstance(told, dict) or "drift" not in told:
        raise reader.fault(
            "drift", "the part `drift` is missing", "put it back, with `history`, `running` and `measures`"
        )
    parts = reader.mapping("drift", told["drift"], needed=("history", "running", "measures"))
    history = reader.mapping("history", parts["history"], needed=("releases", "warn_spreads", "fail_spreads"))
    spreads = Limits(
        reader.number("history", "warn_spreads", history), reader.number("history", "fail_spreads", history)
    )
    reader.in_order("history", spreads, ("warn_spreads", "fail_spreads"))
    releases = reader.number("history", "releases", history)
    # of fewer than three movements there is no median to speak of
    if releases != int(releases) or releases < 3:
        raise reader.fault("history", f"releases is {releases:g}", "give a whole number of 3 or more")
    given = reader.mapping("measures", parts["measures"], needed=tuple(measures), names="measure")
    return Thresholds(
        History(int(releases), spreads.warn, spreads.fail),
        reader.limits("running", parts["running"]),
        {name: reader.measure(name, given[name]) for name in measures},
    )


@dataclass(frozen=True)
class _Reader:
    file: Path

    def fault(self, place: str, what: str, fix: str) -> SettingsError:
        return SettingsError(f"thresholds of {place}: {what}", where=str(self.file), fix=fix)

    def mapping(
        self, place: str, told: Any, *, needed: Collection[str], known: Collection[str] = (), names: str = "name"
    ) -> Mapping[str, Any]:
        """`told` when it is a mapping that holds all that is needed and nothing unknown."""
        allowed = [*needed, *known]
        if not isinstance(told, dict):
            raise self.fault(place, f"`{told}` is no list of names and values", f"write {', '.join(allowed)}")
        for name in told:
            if name not in allowed:
                near = get_close_matches(str(name), allowed, n=3)
                meant = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(allowed)}"
                raise self.fault(place, f"`{name}` is no {names} here", meant)
        for name in needed:
            if name not in told:
                raise self.fault(place, f"`{name}` is missing", "add it, with its limits as those beside it")
        return told

    def number(self, place: str, name: str, told: Mapping[str, Any]) -> float:
        value = told[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.fault(place, f"{name} is `{value}`, which is no number", "write a number, as in 0.05")
        if value < 0:
            raise self.fault(place, f"{name} is {value:g}, which is below zero", "write a number of 0 or more")
        return float(value)

    def limits(self, place: str, told: Any) -> Limits:
        limits = self.mapping(place, told, needed=_LIMITS)
        found = Limits(self.number(place, "warn", limits), self.number(place, "fail", limits))
        self.in_order(place, found, _LIMITS)
        return found

    def in_order(self, place: str, limits: Limits, names: tuple[str, str]) -> None:
        if limits.warn > limits.fail:
            what = f"{names[0]} ({limits.warn:g}) is above {names[1]} ({limits.fail:g})"
            raise self.fault(place, what, "a movement that blocks must warn as well: exchange or correct them")

    def measure(self, name: str, told: Any) -> MeasureThresholds:
        given = self.mapping(name, told, needed=(*_LIMITS, "floor"), known=("least", "most"))
        fixed = self.limits(name, {limit: given[limit] for limit in _LIMITS})
        if ("least" in given) != ("most" in given):
            raise self.fault(name, "one of least and most is missing", "give both, or none: limits are fixed then")
        floor = self.number(name, "floor", given)
        if "least" not in given:
            return MeasureThresholds(fixed, None, None, floor)
        least, most = (self.limits(f"{name}, {bound}", given[bound]) for bound in ("least", "most"))
        for limit in _LIMITS:
            low, middle, high = (getattr(each, limit) for each in (least, fixed, most))
            if not low <= middle <= high:
                what = f"{limit} ({middle:g}) is not between least ({low:g}) and most ({high:g})"
                raise self.fault(name, what, "correct one of the three")
        return MeasureThresholds(fixed, least, most, floor)
