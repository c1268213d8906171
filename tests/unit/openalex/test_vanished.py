"""Works that a sweep missed are checked by id: gone ones get tombstones with evidence, and a bad day takes nothing."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from include.common.errors import GateFailed
from include.openalex import extract, sync_vanished
from include.openalex.errors import BudgetExhausted, Unreachable, UnreliableSource
from include.raw_zone import list_batches
from include.raw_zone.sweeps import last_sweeps
from include.settings import Settings
from tests.shared import accept_newest

pytestmark = pytest.mark.usefixtures("no_pause")

WINDOW, LATER = "works-2019", "works-2020"
BUDGET_SPENT = {
    "error": "Rate limit exceeded",
    "message": "Insufficient budget. Resets at midnight.",
    "retryAfter": 600,
}


@pytest.fixture
def works(settings: Settings, source: Any, make_work: Callable[..., Any]) -> list[Any]:
    """120 works of 2019 and 5 of 2020, swept once."""
    source.works = [make_work(number) for number in range(1, 121)]
    source.works += [make_work(number, day="2020-02-02") for number in range(201, 206)]
    extract(settings, WINDOW)
    extract(settings, LATER)
    found: list[Any] = source.works
    return found


def lose(works: list[Any], *numbers: int) -> None:
    lost = {f"https://openalex.org/W{number}" for number in numbers}
    works[:] = [work for work in works if work["id"] not in lost]


def tombstones(settings: Settings) -> dict[str, dict[str, Any]]:
    """All tombstones of the raw zone by id."""
    found: dict[str, dict[str, Any]] = {}
    for manifest in list_batches(settings, "tombstones"):
        folder = settings.raw_zone / "tombstones" / f"batch={manifest.batch_id}"
        for page in manifest.pages:
            lines = gzip.decompress((folder / page.file).read_bytes()).splitlines()
            found |= {each["id"]: each for each in map(orjson.loads, lines)}
    return found


def test_nothing_missing_costs_nothing(settings: Settings, source: Any, works: list[Any]) -> None:
    extract(settings, WINDOW)
    asked = len(source.requests)
    assert sync_vanished(settings) is None
    assert len(source.requests) == asked


def test_a_work_that_the_source_does_not_know_is_deleted(settings: Settings, source: Any, works: list[Any]) -> None:
    lose(works, 7)
    extract(settings, WINDOW)
    found = sync_vanished(settings)
    assert found is not None
    assert (found.asked, found.deleted, found.gone) == (1, 1, 1)
    assert found.credits == 1
    stone = tombstones(settings)["W7"]
    assert (stone["entity"], stone["reason"], stone["merged_into_id"]) == ("works", "deleted", None)
    assert stone["evidence"] == {"request": "/works/W7", "status": 404, "answered_id": None}
    manifest = list_batches(settings, "tombstones")[0]
    assert (manifest.data_origin, manifest.credits, manifest.requests) == ("synthetic", 1, found.requests)
    # and it is settled: no sweep finds it missing again
    extract(settings, WINDOW)
    assert last_sweeps(settings, "works")[WINDOW].gone_ids == ()
    assert sync_vanished(settings) is None


@pytest.mark.parametrize("status", [200, 301])
def test_a_work_that_answers_under_another_id_is_merged(
    settings: Settings, source: Any, answer: Any, works: list[Any], status: int
) -> None:
    lose(works, 7)
    extract(settings, WINDOW)
    other = {"id": "https://openalex.org/W8"}
    moved = answer(301, headers={"Location": f"{source.url}/works/W8"}) if status == 301 else answer(body=other)
    source.intercept = lambda path, _: moved if path == "/works/W7" else None
    found = sync_vanished(settings)
    assert found is not None
    assert (found.merged, found.gone) == (1, 1)
    stone = tombstones(settings)["W7"]
    assert (stone["reason"], stone["merged_into_id"]) == ("merged", "W8")
    assert stone["evidence"] == {"request": "/works/W7", "status": status, "answered_id": "W8"}


def test_a_work_of_another_topic_or_year_is_out_of_scope(settings: Settings, source: Any, works: list[Any]) -> None:
    works[0]["primary_topic"] = {"id": "https://openalex.org/T99999"}
    works[1]["publication_date"] = "2012-01-01"
    extract(settings, WINDOW)
    found = sync_vanished(settings)
    assert found is not None
    assert (found.out_of_scope, found.gone, found.credits) == (2, 2, 2)
    stones = tombstones(settings)
    assert {stone["reason"] for stone in stones.values()} == {"out_of_scope"}
    assert stones["W1"]["evidence"]["primary_topic_id"] == "T99999"
    assert stones["W2"]["evidence"]["publication_date"] == "2012-01-01"
    assert source.asked("/works/W1") == 0


def test_a_work_that_came_with_another_window_is_not_missing(settings: Settings, source: Any, works: list[Any]) -> None:
    works[0]["publication_date"] = "2020-03-03"
    extract(settings, WINDOW)
    extract(settings, LATER)
    assert last_sweeps(settings, "works")[WINDOW].gone_ids == ("W1",)
    asked = len(source.requests)
    assert sync_vanished(settings) is None
    assert len(source.requests) == asked


def test_a_work_in_a_window_that_was_not_swept_yet_stays(settings: Settings, source: Any, works: list[Any]) -> None:
    works[0]["publication_date"] = "2020-03-03"
    extract(settings, WINDOW)
    found = sync_vanished(settings)
    assert found is not None
    assert (found.asked, found.gone, found.batch_id) == (1, 0, None)
    assert tombstones(settings) == {}


def test_a_work_that_only_lists_miss_stays(settings: Settings, source: Any, answer: Any, works: list[Any]) -> None:
    (hidden,) = (work for work in works if work["id"].endswith("/W7"))
    lose(works, 7)
    extract(settings, WINDOW)
    source.intercept = lambda path, _: answer(body=hidden) if path == "/works/W7" else None
    found = sync_vanished(settings)
    assert found is not None
    assert (found.asked, found.gone) == (1, 0)


def test_a_work_that_comes_back_unchanged_is_stored_again(settings: Settings, source: Any, works: list[Any]) -> None:
    lost = works[0]
    lose(works, 1)
    extract(settings, WINDOW)
    assert sync_vanished(settings) is not None
    works.append(lost)
    summary = extract(settings, WINDOW)
    assert (summary.stored, summary.unchanged) == (1, 119)
    newest = list_batches(settings, "works")[-1].batch_id
    assert newest == summary.batch_id
    assert newest > list_batches(settings, "tombstones")[0].batch_id


@pytest.mark.parametrize("empty", ["by id", "within the scope", "alone"])
def test_a_source_that_does_not_know_what_it_listed_is_not_believed(
    settings: Settings, source: Any, answer: Any, works: list[Any], empty: str
) -> None:
    lose(works, 7)
    works[0]["primary_topic"] = {"id": "https://openalex.org/T99999"}
    extract(settings, WINDOW)
    nothing = answer(body={"meta": {"count": 0, "next_cursor": None}, "results": [], "group_by": []})

    def bad_day(path: str, parameters: dict[str, str]) -> Any:
        asked = parameters.get("filter", "")
        if empty == "alone":
            return answer(404, {"error": "gone"}) if path.startswith("/works/") else None
        is_bad = "primary_topic" in asked if empty == "within the scope" else "openalex:" in asked
        return nothing if is_bad else None

    source.intercept = bad_day
    with pytest.raises(UnreliableSource, match="does not know works either that it listed"):
        sync_vanished(settings)
    assert list_batches(settings, "tombstones") == []
    source.intercept = None
    found = sync_vanished(settings)
    assert found is not None
    assert (found.deleted, found.out_of_scope) == (1, 1)


def test_a_short_page_takes_no_work_back(settings: Settings, source: Any, works: list[Any]) -> None:
    works[0]["publication_date"] = works[1]["publication_date"] = "2020-03-03"
    extract(settings, WINDOW)

    def short(path: str, parameters: dict[str, str]) -> Any:
        whole = source._truth(path, parameters)
        if "primary_topic" in parameters.get("filter", ""):
            whole.body["results"].pop(0)
        return whole

    source.intercept = short
    with pytest.raises(UnreliableSource, match="counts 4 works by id and shows 3"):
        sync_vanished(settings)
    assert list_batches(settings, "tombstones") == []


@pytest.mark.parametrize(
    ("status", "body", "error"), [(503, {}, Unreachable), (429, BUDGET_SPENT, BudgetExhausted)], ids=["503", "budget"]
)
def test_a_request_that_fails_takes_no_work_back(
    settings: Settings, source: Any, answer: Any, works: list[Any], status: int, body: Any, error: type[Exception]
) -> None:
    lose(works, 7, 8)
    extract(settings, WINDOW)
    source.intercept = lambda path, _: answer(status, body) if path == "/works/W8" else None
    with pytest.raises(error):
        sync_vanished(settings)
    assert list_batches(settings, "tombstones") == []
    source.intercept = None
    found = sync_vanished(settings)
    assert found is not None
    assert found.deleted == 2


def test_too_many_gone_at_once_are_held_before_they_are_asked_for_one_by_one(
    settings: Settings, source: Any, works: list[Any]
) -> None:
    lose(works, *range(1, 52))
    extract(settings, WINDOW)
    asked = len(source.requests)
    with pytest.raises(GateFailed, match="51 of 125 known records are gone"):
        sync_vanished(settings)
    assert len(source.requests) == asked + 1
    assert list_batches(settings, "tombstones") == []
    accept_newest(settings, "the source cleaned up")
    found = sync_vanished(settings)
    assert found is not None
    assert found.deleted == 51
