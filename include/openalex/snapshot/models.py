"""What the snapshot strategy keeps on disk: its plan, what each bundle held, and how far the home is.

raw/_snapshot/plan.json           the last plan
raw/_snapshot/<window_id>.json    a bundle that was loaded: every record of its parts accounted for
raw/_snapshot/complete.json       the newest partition of the last snapshot that was loaded as a whole
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from include.common.progress import format_duration
from include.contracts.base import HandOver
from include.contracts.batch import DataOrigin, Window
from include.openalex.models import ExtractSummary

# how the ids of windows begin that a snapshot's parts were loaded as
WINDOW_PREFIX = "snapshot-"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SnapshotPart(_Part):
    """One file of works. `path` is below the folder of works; `bytes` and `records` are the manifest's."""

    path: str
    updated_on: date
    bytes: int
    records: int


class Snapshot(_Part):
    """One release of the snapshot, as its manifest tells it. `root` is the folder of works, without a final slash.

    `released_on`: the legacy layout does not say. `newest` is its newest partition: works are as they were then.
    """

    root: str
    layout: Literal["2026", "legacy"]
    format: Literal["jsonl", "parquet"]
    released_on: date | None
    data_origin: DataOrigin
    manifest_sha256: str
    newest: date
    parts: int
    records: int

    @property
    def title(self) -> str:
        """The snapshot for people: `snapshot of 2026-06-25 (jsonl)`."""
        return f"snapshot of {self.released_on or self.newest} ({self.format})"


class Bundle(_Part):
    """Parts that become one batch, newest first: should two hold the same work, its younger version is met first."""

    window: Window
    parts: tuple[SnapshotPart, ...]
    is_loaded: bool = False

    @property
    def records(self) -> int:
        """Records of its parts, in the scope or not."""
        return sum(part.records for part in self.parts)

    @property
    def to_read(self) -> int:
        """The same, as a window of a plan says it."""
        return self.records

    @property
    def requests(self) -> int:
        """Requests to the API."""
        return 0

    @property
    def bytes(self) -> int:
        """Size of its parts."""
        return sum(part.bytes for part in self.parts)

    def line(self) -> str:
        """One line of the plan's table."""
        state = "loaded" if self.is_loaded else "load"
        return (
            f"{state:<8}  {self.window.window_id:<26}  {self.records:>12,} records  {self.bytes / 1e6:>10,.1f} MB  "
            f"{self.window.title}"
        )


class SnapshotPlan(HandOver):
    """`plan.json`. `skipped` parts are no newer than what was loaded as a whole before."""

    what_it_is: ClassVar[str] = "plan of the snapshot"

    schema_version: Literal[1] = 1
    fetch_version: str
    planned_at: datetime
    snapshot: Snapshot
    bundles: tuple[Bundle, ...]
    skipped: int

    @property
    def due(self) -> list[Bundle]:
        """Bundles that are still to be loaded, oldest first."""
        return [bundle for bundle in self.bundles if not bundle.is_loaded]

    def table(self) -> str:
        """The plan for people: a line a bundle, and the sum."""
        return "\n".join([*(bundle.line() for bundle in self.bundles), self.summary()])

    def summary(self) -> str:
        """`snapshot of 2026-06-25 (jsonl): 40 of 1,800 parts to load in 3 bundles (12,000,000 records, 9.1 GB)`."""
        due = self.due
        text = (
            f"{self.snapshot.title}: {sum(len(bundle.parts) for bundle in due):,} of {self.snapshot.parts:,} parts to "
            f"load in {len(due)} bundles ({sum(bundle.records for bundle in due):,} records, "
            f"{sum(bundle.bytes for bundle in due) / 1e9:,.1f} GB)"
        )
        return f"{text}, {self.skipped:,} no newer than the last load" if self.skipped else text


class LoadedBundle(HandOver):
    """`<window_id>.json`: a bundle that was loaded. `batch_id` None: nothing of it was new.

    Every part held as many records as the manifest says (`records` in all). Of these `matched` were received into the
    batch, among them lines that cannot be read: flatten puts those into quarantine. The others are not in the scope, or
    their publication dates were swept from the API after the snapshot was made.
    """

    what_it_is: ClassVar[str] = "record of a loaded bundle"

    schema_version: Literal[1] = 1
    window_id: str
    fetch_version: str
    manifest_sha256: str
    as_of: date
    parts: tuple[SnapshotPart, ...]
    records: int
    matched: int
    stored: int
    duplicates: int
    batch_id: str | None
    seconds: float
    loaded_at: datetime

    @property
    def left_out(self) -> int:
        """Records of the parts that did not belong into the batch."""
        return self.records - self.matched

    def summary(self) -> ExtractSummary:
        """As a sweep."""
        return ExtractSummary(
            window_id=self.window_id,
            title=self.window_id,
            batch_id=self.batch_id,
            expected=self.matched - self.duplicates,
            received=self.matched,
            stored=self.stored,
            unchanged=self.matched - self.duplicates - self.stored,
            duplicates=self.duplicates,
            gone=0,
            requests=0,
            credits=0,
            seconds=self.seconds,
        )

    def line(self) -> str:
        """One line for people."""
        return (
            f"{self.window_id}: {len(self.parts):,} parts, {self.records:,} records = {self.matched:,} matched + "
            f"{self.left_out:,} left out; {self.stored:,} new or changed, {format_duration(self.seconds)}"
        )


class CompleteLoad(HandOver):
    """`complete.json`: a whole snapshot is in. `last_parts` are those of its newest partition, as they were."""

    what_it_is: ClassVar[str] = "record of a complete load"

    schema_version: Literal[1] = 1
    fetch_version: str
    snapshot: Snapshot
    last_parts: tuple[SnapshotPart, ...]
    tombstones: int
    completed_at: datetime

    def covers(self, part: SnapshotPart) -> bool:
        """Whether the part holds nothing that the load did not: older, or the newest partition unchanged."""
        newest = self.snapshot.newest
        return part.updated_on < newest or (part.updated_on == newest and part in self.last_parts)
