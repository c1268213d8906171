"""What this stage tells its callers: the plan, and what a sweep did. JSON-able, for Airflow's mapped tasks."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from include.common.progress import format_duration
from include.contracts.base import HandOver
from include.contracts.batch import Query, Window


class PlannedWindow(BaseModel):
    """A window, what it holds now by the source's count, and what today does about it.

    `postpone`: it is due, and today's credits do not cover it. `requests` is what its sweep takes, each one credit
    (works refetched alone, because the list cut their authors, come on top and are free). `last_swept_at` and
    `last_records` are of the last complete sweep with this query; None and 0 when there is none. `updated_since`: only
    what the source changed since that day is asked for, `updated` works of the window.
    """

    model_config = ConfigDict(frozen=True)

    window: Window
    query: Query
    expected: int
    action: Literal["sweep", "skip", "postpone"]
    reason: str
    requests: int = 0
    last_swept_at: datetime | None = None
    last_records: int = 0
    is_unfinished: bool = False
    updated_since: date | None = None
    updated: int = 0

    @property
    def to_read(self) -> int:
        """Works that the sweep is going to read."""
        return self.expected if self.updated_since is None else self.updated

    @property
    def window_id(self) -> str:
        """Stable name of the window."""
        return self.window.window_id

    @property
    def title(self) -> str:
        """The window for people: `works 2019 (topics 1/2)`."""
        return self.window.title

    def line(self) -> str:
        """One line of the plan's table."""
        cost = f"{self.requests:>5,} credits" if self.action != "skip" else " " * 13
        return f"{self.action:<8}  {self.window_id:<24}  {self.expected:>8,} works  {cost}  {self.reason}"


class PlanBudget(BaseModel):
    """Credits: the day's, what is left of them, and what of that is kept for totals and references."""

    model_config = ConfigDict(frozen=True)

    limit: int
    remaining: int
    reserve: int
    resets_at: datetime

    @property
    def for_windows(self) -> int:
        """Credits that sweeps may take today."""
        return max(self.remaining - self.reserve, 0)


class Plan(HandOver):
    """`raw/_plan.json`: the last plan. A window swept since is done, so that a retried task does not ask again.

    `budget` None: the source states none, and every window that is due is swept. `strategy_reason`: why this strategy,
    when the setting did not name it.
    """

    what_it_is: ClassVar[str] = "plan"

    schema_version: Literal[1] = 1
    fetch_version: str
    planned_at: datetime
    windows: tuple[PlannedWindow, ...]
    strategy: Literal["publication_window", "updated_since"] = "publication_window"
    strategy_reason: str = ""
    probes: int = 0
    requests_per_second: float = 0.0
    budget: PlanBudget | None = None

    def having(self, action: Literal["sweep", "skip", "postpone"]) -> list[PlannedWindow]:
        """The windows with this action, oldest publication dates first."""
        return [planned for planned in self.windows if planned.action == action]

    @property
    def due(self) -> list[PlannedWindow]:
        """The windows to sweep, oldest publication dates first."""
        return self.having("sweep")

    def table(self) -> str:
        """The plan for people: a line a window, and the sum."""
        return "\n".join([*(planned.line() for planned in self.windows), self.summary()])

    def summary(self) -> str:
        """`18 windows: 3 to sweep (12 requests and credits, 2 s at 10 a second), 15 as they were; 9,983 of ...`."""
        due, late = self.due, self.having("postpone")
        requests = sum(planned.requests for planned in due)
        seconds = requests / self.requests_per_second if self.requests_per_second else 0.0
        chosen = f" ({self.strategy_reason})" if self.strategy_reason else ""
        by = f"strategy {self.strategy}{chosen}: " if chosen or self.strategy != "publication_window" else ""
        text = (
            f"{by}{len(self.windows)} windows, counted with {self.probes} credits: {len(due)} to sweep "
            f"({requests:,} requests and credits, {format_duration(seconds)} at {self.requests_per_second:g} a second)"
            f", {len(self.having('skip'))} not due"
        )
        if late:
            text += f", {len(late)} postponed ({sum(planned.requests for planned in late):,} credits)"
        if self.budget is None:
            return f"{text}; the source states no budget"
        return (
            f"{text}; {self.budget.remaining:,} of {self.budget.limit:,} credits left until "
            f"{self.budget.resets_at:%Y-%m-%d %H:%M} UTC, {self.budget.reserve:,} kept for totals and references"
        )


class ExtractSummary(BaseModel):
    """What one sweep did. Counts are records; `batch_id` None: nothing was new or changed, so no batch was made. Of
    updates, `entered` are those that the window did not hold before: they are new, or were moved here."""

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
    entered: int = 0

    def line(self) -> str:
        """One line for people."""
        return (
            f"{self.title}: {self.received:,} received, {self.stored:,} new or changed, {self.unchanged:,} unchanged"
            + (f", {self.duplicates:,} twice" if self.duplicates else "")
            + (f", {self.gone:,} gone" if self.gone else "")
            + f", {self.requests:,} requests, {self.credits:,} credits, {self.seconds:.1f} s"
        )


class VanishedSummary(BaseModel):
    """What became of the works that sweeps missed. Counts are works; the rest of `asked` is still there."""

    model_config = ConfigDict(frozen=True)

    asked: int
    deleted: int
    merged: int
    out_of_scope: int
    batch_id: str | None
    requests: int
    credits: int
    seconds: float

    @property
    def gone(self) -> int:
        """Works with a tombstone now."""
        return self.deleted + self.merged + self.out_of_scope

    def line(self) -> str:
        """One line for people."""
        return (
            f"vanished works: {self.asked:,} missing, {self.deleted:,} deleted, {self.merged:,} merged, "
            f"{self.out_of_scope:,} out of scope, {self.asked - self.gone:,} still there, {self.requests:,} requests, "
            f"{self.credits:,} credits, {self.seconds:.1f} s"
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
        entered=sum(part.entered for part in parts),
    )
