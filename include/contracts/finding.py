"""A finding: one failed check together with what it found, under a short name, and what a person said of it."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

# of an integrity fault the data contradicts itself, and nobody can accept that; whether a movement or a small share is
# right, a person can judge
Kind = Literal["integrity", "judgement"]

# so many hex digits tell the findings of one run apart; a person types them
_DIGITS = 6


def finding_name(check_id: str, found: str) -> str:
    """`check_id#3fa9c1`. `found` is all that the check found: another finding of the check has another name."""
    return f"{check_id}#{hashlib.sha256(f'{check_id} {found}'.encode()).hexdigest()[:_DIGITS]}"


class Accepted(BaseModel):
    """That a person accepted a finding, why, and until which day (included, UTC) it may pass.

    Releases of before 2026-11-29 know the reason alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str
    who: str = ""
    accepted_at: datetime | None = None
    until: date | None = None

    def has_ended(self, now: datetime) -> bool:
        """Whether its last day is over."""
        return self.until is not None and self.until < now.date()

    def __str__(self) -> str:
        by = f", {self.who}" if self.who else ""
        until = f", until {self.until}" if self.until else ""
        return f"{self.reason}{by}{until}"
