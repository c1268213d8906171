"""The raw batch: one sweep of one window, records as received, and the manifest that makes it whole.

    raw/<entity>/batch=<ulid>/page-00001.jsonl.gz ...   records as received, one a line
    raw/<entity>/batch=<ulid>/_hashes.parquet           id, content_hash, window_id of every record, stored or not
    raw/<entity>/batch=<ulid>/_manifest.json            written last: no manifest, no batch
    raw/<entity>/.batch=<ulid>.open/                    in progress: pages and `_cursor.json`, page before cursor

A batch stores the records that are new or whose business content changed since the batches before it; the others were
received, compared and counted (`unchanged`); a second copy of a record within the sweep is counted as a duplicate.
Always: received = stored + unchanged + duplicates, and expected = received - duplicates (else it is incomplete).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict

from include.contracts.base import HandOver
from include.contracts.finding import Accepted, Kind, finding_name

Entity = Literal["works", "funders", "institutions", "topics", "totals", "tombstones"]
DataOrigin = Literal["openalex", "synthetic", "recorded"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(_Part):
    """The part of the scope that one batch holds. `window_id` is stable over runs: it names the part, not the run."""

    window_id: str
    title: str
    date_from: date | None = None
    date_to: date | None = None
    topic_chunk: int | None = None


# the condition of a query that asks for less than its window: what the source changed on that day or later
UPDATED_SINCE = "from_updated_date:"


class Query(_Part):
    """The exact request that a batch repeats, without the key. Another query is another window."""

    path: str
    filter: str | None
    select: str | None
    sort: str | None
    group_by: str | None = None
    per_page: int

    @property
    def is_of_updates(self) -> bool:
        """Whether it asks only for what the source changed since a day."""
        return UPDATED_SINCE in (self.filter or "")


class Page(_Part):
    """One page file. `records` counts its lines; `sha256` is of the file's bytes."""

    file: str
    records: int
    sha256: str


# how `observed` starts for a check that had nothing to check
NOT_CHECKED = "not checked: "


class Check(_Part):
    """One check of a gate. `fail` blocks, `warn` shows.

    `finding` names what a check that did not pass has found (finding.py). Of a judgement a person may accept it.
    `table` is what it is about and `value` the number that was judged, where a check has one.
    """

    check_id: str
    severity: Literal["fail", "warn"]
    kind: Kind = "integrity"
    passed: bool
    observed: str
    expected: str
    finding: str = ""
    accepted: Accepted | None = None
    table: str = ""
    value: float | None = None

    @classmethod
    def made(
        cls,
        check_id: str,
        *,
        passed: bool,
        observed: str,
        expected: str,
        severity: Literal["fail", "warn"] = "fail",
        kind: Kind = "integrity",
        found: str = "",
    ) -> Self:
        """A check, its finding named. `found` is what the name stands for, when that is not `observed`."""
        return cls(
            check_id=check_id,
            severity=severity,
            kind=kind,
            passed=passed,
            observed=observed,
            expected=expected,
            finding="" if passed else finding_name(check_id, found or observed),
        )

    @property
    def was_made(self) -> bool:
        """False when there was nothing to check; such a check counts as passed and says why in `observed`."""
        return not self.observed.startswith(NOT_CHECKED)

    @property
    def blocks(self) -> bool:
        """Whether it keeps what was checked from going on."""
        is_accepted = self.accepted is not None and self.kind == "judgement"
        return self.severity == "fail" and not self.passed and not is_accepted

    @property
    def name(self) -> str:
        """The finding's name; the check's, where it has none: it passed, or an earlier program made it."""
        return self.finding or self.check_id


def count_checks(checks: tuple[Check, ...]) -> str:
    """`64 of 64 checks passed, 10 had nothing to check`."""
    made = [check for check in checks if check.was_made]
    text = f"{sum(check.passed for check in made)} of {len(made)} checks passed"
    return text if len(made) == len(checks) else f"{text}, {len(checks) - len(made)} had nothing to check"


class BatchManifest(HandOver):
    """`_manifest.json`. Counts are records; `expected` is the source's own count for the query (`meta.count`)."""

    what_it_is: ClassVar[str] = "batch manifest"

    schema_version: Literal[1] = 1
    batch_id: str
    entity: Entity
    source: str
    data_origin: DataOrigin
    strategy: str
    scope_id: str
    fetch_version: str
    window: Window
    query: Query
    expected: int
    received: int
    unchanged: int
    stored: int
    duplicates: int
    gone: int
    pages: tuple[Page, ...]
    started_at: datetime
    ended_at: datetime
    requests: int
    credits: int
    api_generation: str
    checks: tuple[Check, ...]
