"""What this stage tells its callers: a planned window, and what a sweep did. JSON-able, for Airflow's mapped tasks."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from include.contracts.base import HandOver
from include.contracts.batch import Query, Window


class PlannedWindow(BaseModel):
    """A window, what it holds now by the source's count, and whether it is due."""

    model_config = ConfigDict(frozen=True)

    window: Window
    query: Query
    expected: int
    action: Literal["sweep", "skip"]
    reason: str

    @property
    def window_id(self) -> str:
        """Stable name of the window."""
        return self.window.window_id

    @property
    def title(self) -> str:
        """The window for people: `works 2019 (topics 1/2)`."""
        return self.window.title


class Plan(HandOver):
    """`raw/_plan.json`: the last plan. A window swept since is done, so that a retried task does not ask again."""

    what_it_is: ClassVar[str] = "plan"

    schema_version: Literal[1] = 1
    scope_version: str
    planned_at: datetime
    windows: tuple[PlannedWindow, ...]


class ExtractSummary(BaseModel):
    """What one sweep did. Counts are records; `batch_id` None: nothing was new, so no batch was made."""

    model_config = ConfigDict(frozen=True)

    window_id: str
    title: str
    batch_id: str | None
    expected: int
    received: int
    stored: int
    unchanged: int
    duplicates: int
    gone: int
    requests: int
    credits: int
    seconds: float

    def line(self) -> str:
        """One line for people."""
        return (
            f"{self.title}: {self.received:,} received, {self.stored:,} new or changed, {self.unchanged:,} unchanged"
            + (f", {self.duplicates:,} twice" if self.duplicates else "")
            + (f", {self.gone:,} gone" if self.gone else "")
            + f", {self.requests:,} requests, {self.credits:,} credits, {self.seconds:.1f} s"
        )


def together(window: Window, parts: list[ExtractSummary]) -> ExtractSummary:
    """The summary of a window that was swept in parts."""
    return ExtractSummary(
        window_id=window.window_id,
        title=window.title,
        batch_id=next((part.batch_id for part in reversed(parts) if part.batch_id), None),
        expected=sum(part.expected for part in parts),
        received=sum(part.received for part in parts),
        stored=sum(part.stored for part in parts),
        unchanged=sum(part.unchanged for part in parts),
        duplicates=sum(part.duplicates for part in parts),
        gone=sum(part.gone for part in parts),
        requests=sum(part.requests for part in parts),
        credits=sum(part.credits for part in parts),
        seconds=sum(part.seconds for part in parts),
    )
