"""One thing that somebody has to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Severity = Literal["failure", "warning"]


@dataclass(frozen=True)
class Alert:
    """A cause, and what is to be said of it.

    `cause` is stable (`task.ingest_openalex.extract`); what stands before its first dot is its kind. `matter` is what
    it is about this time: another matter of a cause is told on the same day, the same one once a day. What happens
    rather than lasts (`is_event`: a release went out with warnings) is told once for each matter.
    `look` is the command or page to go to. What goes away within `patience` is not told.
    """

    cause: str
    severity: Severity
    sentence: str
    what_to_do: str
    look: str
    details: tuple[str, ...] = ()
    matter: str = ""
    is_event: bool = False
    patience: timedelta = timedelta(0)

    @property
    def kind(self) -> str:
        """What it belongs to: all alerts of a kind are known by the same look."""
        return kind_of(self.cause)


def kind_of(cause: str) -> str:
    """`task.ingest_openalex.extract` -> `task`."""
    return cause.partition(".")[0]
