"""Gate 1: is the batch whole and sane? Judged before the manifest is written, kept in it.

`fail` keeps the batch out; `warn` shows, because flatten puts single odd records into quarantine with their reason.
"""

from __future__ import annotations

from pathlib import Path

from include.common.files import sha256_file
from include.contracts.acceptance import Subject
from include.contracts.batch import Check, Page
from include.raw_zone.sweeps import Sweep
from include.raw_zone.writer import Tally
from include.settings import Settings

# a source that loses this share of a window between two sweeps is more likely broken than right
SMALLEST_SHARE = 0.5
# below this many records a halving is chance
FEW_RECORDS = 50
# more than this share of an entity gone at once is more likely a fault of the source than news
LARGEST_SHARE_GONE = 0.05


def judge(
    folder: Path, pages: tuple[Page, ...], tally: Tally, *, expected: int, distinct_ids: int, before: Sweep | None
) -> tuple[Check, ...]:
    """All checks of gate 1 for the batch in `folder`. `before` is the last complete sweep of the same query."""
    return (
        _pages_whole(folder, pages, tally),
        _counts_reconcile(tally, expected),
        _ids_unique(tally, distinct_ids),
        _volume(tally, before),
        _required_fields(tally),
        _dates_sane(tally),
    )


def few_gone(gone: int, known: int) -> Check:
    """Whether so few of the `known` records of an entity are taken back at once that a person need not look."""
    return Check.made(
        "raw_few_gone",
        passed=gone <= max(FEW_RECORDS, known * LARGEST_SHARE_GONE),
        kind="judgement",
        observed=f"{gone} of {known} known records are gone",
        expected=f"at most {FEW_RECORDS}, or {LARGEST_SHARE_GONE:.0%} of the known",
        # the source is asked again when it is accepted, and a record more or less makes no other finding
        found=f"{_percent(gone, known)} gone",
    )


def subject(settings: Settings, window_id: str) -> Subject:
    """What a person accepts a finding of: a window of this home, not one batch, since it is swept again."""
    return Subject(settings.home, "gate_1", window_id)


def blocks(checks: tuple[Check, ...]) -> bool:
    """Whether a check of severity `fail` failed and was not accepted."""
    return any(check.blocks for check in checks)


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if part and whole else "none"


def _pages_whole(folder: Path, pages: tuple[Page, ...], tally: Tally) -> Check:
    torn = [
        page.file
        for page in pages
        if not (folder / page.file).is_file() or sha256_file(folder / page.file) != page.sha256
    ]
    records = sum(page.records for page in pages)
    return Check.made(
        "raw_pages_whole",
        passed=not torn and records == tally.stored,
        observed=f"{records} records in {len(pages)} pages" + (f", torn: {', '.join(torn)}" if torn else ""),
        expected=f"{tally.stored} records, every page as written",
    )


def _counts_reconcile(tally: Tally, expected: int) -> Check:
    parts = tally.stored + tally.unchanged + tally.duplicates
    return Check.made(
        "raw_counts_reconcile",
        passed=tally.received == parts and tally.distinct == expected,
        observed=f"received {tally.received} = {tally.stored} stored + {tally.unchanged} unchanged + "
        f"{tally.duplicates} duplicates",
        expected=f"{expected} distinct records, as the source counts",
    )


def _ids_unique(tally: Tally, distinct_ids: int) -> Check:
    return Check.made(
        "raw_ids_unique",
        passed=distinct_ids == tally.distinct,
        observed=f"{distinct_ids} ids",
        expected=f"{tally.distinct} ids, one a record",
    )


def _volume(tally: Tally, before: Sweep | None) -> Check:
    earlier = before.records if before else 0
    lost = earlier - tally.distinct
    emptied = earlier > 0 and tally.distinct == 0
    halved = lost > FEW_RECORDS and tally.distinct < earlier * SMALLEST_SHARE
    return Check.made(
        "raw_volume",
        kind="judgement",
        passed=not (emptied or halved),
        observed=f"{tally.distinct} records, {earlier} in the sweep before" if before else f"{tally.distinct} records",
        expected="not empty and not less than half of the sweep before" if before else "no earlier sweep to compare",
        # the window is swept again when it is accepted, and a record more or less makes no other finding
        found=f"{_percent(tally.distinct, earlier)} left of the sweep of {before.swept_at}" if before else "",
    )


def _required_fields(tally: Tally) -> Check:
    return Check.made(
        "raw_required_fields",
        severity="warn",
        passed=tally.incomplete == 0,
        observed=f"{tally.incomplete} records lack a required field",
        expected="0; such records go to quarantine",
    )


def _dates_sane(tally: Tally) -> Check:
    return Check.made(
        "raw_dates_sane",
        severity="warn",
        passed=tally.odd_dates == 0,
        observed=f"{tally.odd_dates} records with an odd year or date",
        expected="0; such records go to quarantine",
    )
