"""Gate 1 fails where a batch is not whole or not believable, and warns where single records are odd."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from include.common.clock import utc_now
from include.contracts.batch import Page
from include.raw_zone import gate
from include.raw_zone.sweeps import Sweep
from include.raw_zone.writer import BatchWriter, Tally

WHOLE = Tally(received=10, stored=4, unchanged=5, duplicates=1)


@pytest.fixture
def folder(begin: Any, append: Any) -> tuple[Path, tuple[Page, ...]]:
    writer: BatchWriter = begin()
    append(writer, {f"W{number}": "a" for number in range(4)}, None)
    return writer.folder, writer.pages()


def _before(writer_query: Any, records: int) -> Sweep:
    return Sweep(
        entity="works",
        window_id="works-2019",
        query=writer_query,
        fetch_version="1",
        data_origin="synthetic",
        records=records,
        batch_id=None,
        swept_at=utc_now(),
    )


def _failed(folder: Any, tally: Tally, *, expected: int = 9, ids: int = 9, before: Sweep | None = None) -> set[str]:
    checks = gate.judge(*folder, tally, expected=expected, distinct_ids=ids, before=before)
    return {check.check_id for check in checks if not check.passed}


def test_a_whole_batch_passes(folder: Any) -> None:
    assert _failed(folder, WHOLE) == set()


def test_counts_that_do_not_add_up_block(folder: Any) -> None:
    assert _failed(folder, WHOLE, expected=10) == {"raw_counts_reconcile"}
    assert _failed(folder, WHOLE.model_copy(update={"unchanged": 6})) == {"raw_counts_reconcile"}


def test_an_id_twice_blocks(folder: Any) -> None:
    assert _failed(folder, WHOLE, ids=8) == {"raw_ids_unique"}


def test_a_torn_page_blocks(folder: Any) -> None:
    (folder[0] / "page-00001.jsonl.gz").write_bytes(b"torn")
    assert _failed(folder, WHOLE) == {"raw_pages_whole"}


@pytest.mark.parametrize(
    ("earlier", "now", "blocks"),
    [
        (100, 40, True),
        (100, 49, True),
        (100, 50, False),
        (60, 20, False),
        (3, 0, True),
        (0, 0, False),
        (10, 500, False),
    ],
)
def test_a_window_may_not_lose_half_or_all(begin: Any, folder: Any, earlier: int, now: int, blocks: bool) -> None:
    before = _before(begin().state.query, earlier)
    tally = Tally(received=now, unchanged=now)
    failed = _failed((folder[0], ()), tally, expected=now, ids=now, before=before)
    assert ("raw_volume" in failed) is blocks


def test_odd_records_warn_and_do_not_block(folder: Any) -> None:
    odd = WHOLE.model_copy(update={"incomplete": 1, "odd_dates": 2})
    assert _failed(folder, odd) == {"raw_required_fields", "raw_dates_sane"}
    assert not gate.blocks(gate.judge(*folder, odd, expected=9, distinct_ids=9, before=None))


def test_what_a_person_may_judge_is_how_many_records_there_are_and_how_many_are_gone(folder: Any) -> None:
    checks = (*gate.judge(*folder, WHOLE, expected=9, distinct_ids=9, before=None), gate.few_gone(0, 1))
    assert {check.check_id for check in checks if check.kind == "judgement"} == {"raw_volume", "raw_few_gone"}


@pytest.mark.parametrize(("now", "is_same"), [(4_003, True), (3_000, False), (0, False)])
def test_a_record_more_or_less_makes_no_other_finding(begin: Any, folder: Any, now: int, is_same: bool) -> None:
    before = _before(begin().state.query, 10_000)

    def finding(records: int) -> str:
        tally = Tally(received=records, unchanged=records)
        checks = gate.judge(folder[0], (), tally, expected=records, distinct_ids=records, before=before)
        return next(check.finding for check in checks if check.check_id == "raw_volume")

    assert (finding(now) == finding(4_000)) is is_same
    first = finding(4_000)
    before = before.model_copy(update={"swept_at": before.swept_at + timedelta(days=1)})
    assert finding(4_000) != first
