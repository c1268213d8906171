"""Tombstones become one batch with their evidence, too many at once are held, and a record taken back is not known."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from include.common.clock import utc_now
from include.common.errors import GateFailed
from include.contracts.batch import BatchManifest, Query, Window
from include.contracts.scope import Group, ResolvedScope, Windows
from include.contracts.tombstone import Tombstone
from include.raw_zone import Finding, list_batches, verify, write_tombstones
from include.raw_zone.known import KnownRecords
from include.settings import Settings
from tests.shared import accept_newest

EUROPE, CHINA = (Group(code=code, name=code, countries=(code,)) for code in ("DE", "CN"))
SCOPE = ResolvedScope(
    scope_id="test",
    fetch_version="1",
    title="A test",
    admit="scope",
    subject_id="any",
    subject_version=1,
    subject_title="All subjects",
    topics=(),
    topic_chunks=((),),
    side_a=EUROPE,
    side_b=CHINA,
    groups=(),
    year_from=2019,
    year_to=2020,
    windows=Windows(
        by="year", recent_by="year", recent_years=1, revisit_recent_days=1, revisit_old_days=90, max_records=1000
    ),
)


def tombstone(number: int, **changes: Any) -> Tombstone:
    values: dict[str, Any] = {
        "entity": "works",
        "id": f"W{number}",
        "reason": "deleted",
        "evidence": {"request": f"/works/W{number}", "status": 404},
        "seen_at": utc_now(),
    }
    return Tombstone(**{**values, **changes})


def bury(settings: Settings, *numbers: int, known: int = 10_000) -> BatchManifest:
    finding = Finding(
        window=Window(window_id="vanished", title="vanished works"),
        query=Query(path="/works/<id>", filter=None, select="id", sort=None, per_page=1),
        source="http://127.0.0.1",
        data_origin="synthetic",
        known=known,
        requests=3,
        credits=1,
    )
    return write_tombstones(settings, SCOPE, finding, [tombstone(number) for number in numbers])


def test_tombstones_are_a_batch_that_holds_their_evidence(settings: Settings) -> None:
    manifest = bury(settings, *range(1, 1_502), known=100_000)
    assert [found.batch_id for found in list_batches(settings, "tombstones")] == [manifest.batch_id]
    assert (manifest.stored, manifest.requests, manifest.credits, len(manifest.pages)) == (1_501, 3, 1, 2)
    assert all(check.passed for check in manifest.checks)
    assert verify(settings).problems == ()
    page = settings.raw_zone / "tombstones" / f"batch={manifest.batch_id}" / "page-00001.jsonl.gz"
    first = json.loads(gzip.decompress(page.read_bytes()).splitlines()[0])
    assert first["evidence"] == {"request": "/works/W1", "status": 404}


def test_too_many_gone_at_once_are_held(settings: Settings) -> None:
    with pytest.raises(GateFailed, match="51 of 1000 known records are gone") as caught:
        bury(settings, *range(51), known=1_000)
    assert 'FINDING="raw_few_gone#' in caught.value.fix
    assert list_batches(settings, "tombstones") == []
    assert bury(settings, *range(51), known=1_020).stored == 51


def test_a_person_can_accept_that_many_are_gone(settings: Settings) -> None:
    with pytest.raises(GateFailed):
        bury(settings, *range(51), known=60)
    accept_newest(settings, "the source cleaned up")
    manifest = bury(settings, *range(51), known=60)
    (check,) = (check for check in manifest.checks if check.check_id == "raw_few_gone")
    assert (check.observed, check.passed) == ("51 of 60 known records are gone", False)
    assert str(check.accepted).startswith("the source cleaned up, a test, until 20")
    with pytest.raises(GateFailed):
        bury(settings, *range(51, 110), known=60)


def test_one_record_has_one_tombstone_in_a_batch(settings: Settings) -> None:
    with pytest.raises(GateFailed, match="raw_ids_unique"):
        bury(settings, 1, 1)
    assert list_batches(settings, "tombstones") == []


@pytest.mark.parametrize(
    "changes",
    [{"reason": "merged"}, {"merged_into_id": "W2"}, {"reason": "merged", "merged_into_id": "W1"}],
    ids=["merged into nothing", "deleted into another", "merged into itself"],
)
def test_a_tombstone_that_contradicts_itself_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="a merged record names the other record"):
        tombstone(1, **changes)


def test_a_record_taken_back_is_new_when_it_comes_again(settings: Settings, write_batch: Callable[..., Any]) -> None:
    write_batch({"W1": "a", "W2": "b"})
    bury(settings, 1)
    with KnownRecords(settings, "works", Window(window_id="works-2019", title="works-2019")) as known:
        assert (known.window_ids, known.count()) == ({"W2"}, 1)
        assert known.hashes(["W1", "W2"]) == {"W2": "b"}
    write_batch({"W1": "a"}, "works-2020")
    with KnownRecords(settings, "works", Window(window_id="works-2019", title="works-2019")) as known:
        assert known.hashes(["W1", "W2"]) == {"W1": "a", "W2": "b"}
        assert known.windows(["W1", "W2", "W3"]) == {"W1": "works-2020", "W2": "works-2019"}
        assert known.some(
            [Window(window_id=each, title="") for each in ("works-2019", "works-2020")], but={"W1"}, most=5
        ) == ["W2"]
