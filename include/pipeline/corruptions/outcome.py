"""What became of a corruption: stopped and by what, warned of, silent, or not there at all."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Literal

from include.common.errors import EntangledError
from include.pipeline.content import published_content
from include.pipeline.corruptions.bench import Bench
from include.pipeline.corruptions.row import Corruption, Gate
from include.pipeline.corruptions.stages import Stages, warnings_of
from include.pipeline.lanes import Ended, Lane

End = Literal["stopped", "warned", "silent", "no trace", "broken"]

_STEP = re.compile(r"^\d\d:\d\d:\d\d (?P<step>[a-z].*) \.\.\.$", re.MULTILINE)
# `    check: what was found`, as every gate lists them, and dbt's nodes
_FOUND = re.compile(r"^    (?:(?:model|test|unit_test)\.entangled\.)?(?P<name>[\w.]+)(?:#\w+)?: ", re.MULTILINE)
_ERROR = re.compile(r"^error: (?P<what>.*)$", re.MULTILINE)
_GATE_OF: dict[str, Gate] = {
    "build": "gate 2",
    "check (gate 2)": "gate 2",
    "export": "gate 2",
    "audit (gate 3)": "gate 3",
    "report": "publish",
    "publish": "publish",
}


@dataclass(frozen=True)
class Outcome:
    """What became of one corruption. `found`: the checks that found it, or the first words of the message."""

    corruption: Corruption
    end: End
    gate: Gate | None
    found: tuple[str, ...]
    seconds: float
    said: str = ""

    @property
    def fault(self) -> str:
        """What is not as the catalogue says; empty when all is."""
        if self.end != self.corruption.expected:
            return f"should be {self.corruption.expected}"
        if self.end == "stopped" and self.gate != self.corruption.gate:
            return f"should be stopped by {self.corruption.gate}"
        if not any(self.corruption.by in found for found in (*self.found, self.said)):
            return f"{self.corruption.by} should be among what found it"
        return ""


def spoil(stages: Stages, bench: Bench, corruption: Corruption) -> Outcome:
    """Make one corruption, go on, and see what becomes of it."""
    started = time.monotonic()
    stages.begin(bench, corruption.start)
    try:
        corruption.make(bench)
    except EntangledError as error:
        return Outcome(corruption, "broken", None, (error.what, error.where), time.monotonic() - started)
    before = bench.lane.release().release_id
    ended = stages.go_on(bench, corruption.start)
    seconds = time.monotonic() - started
    if ended.code:
        return _stopped(corruption, ended, seconds)
    return _published(stages, bench.lane, corruption, before, ended, seconds)


def _stopped(corruption: Corruption, ended: Ended, seconds: float) -> Outcome:
    steps = [match["step"] for match in _STEP.finditer(ended.said)]
    gate = _GATE_OF.get(steps[-1], "gate 1") if steps else None
    # a traceback stops a run as well, and nobody can do anything about it
    is_clear = _ERROR.search(ended.said) is not None
    return Outcome(corruption, "stopped" if is_clear else "broken", gate, read_message(ended), seconds, _message(ended))


def read_message(ended: Ended) -> tuple[str, ...]:
    """The checks that a refusal names; else the first line of its message."""
    message = _message(ended)
    named = tuple(dict.fromkeys(match["name"] for match in _FOUND.finditer(message)))
    return named or (message.splitlines()[0].removeprefix("error: "),)


def _message(ended: Ended) -> str:
    error = _ERROR.search(ended.said)
    return ended.said[error.start() :] if error else ended.said.splitlines()[-1] if ended.said.strip() else "no word"


def _published(
    stages: Stages, lane: Lane, corruption: Corruption, before: str, ended: Ended, seconds: float
) -> Outcome:
    warnings = tuple(sorted(warnings_of(lane) - stages.clean.warnings))
    is_new = lane.release().release_id != before
    if published_content(lane.settings) == stages.clean.content or not is_new:
        return Outcome(corruption, "no trace", None, warnings, seconds, ended.said)
    return Outcome(corruption, "warned" if warnings else "silent", None, warnings, seconds, ended.said)
