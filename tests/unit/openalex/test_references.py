"""What works refer to is fetched by id once, refreshed when stale, and ids the source does not know are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include.common.clock import utc_now
from include.openalex import references, sync_references
from include.openalex.references import due_ids
from include.raw_zone import list_batches, verify
from include.settings import Settings

pytestmark = pytest.mark.usefixtures("no_pause")


@pytest.fixture
def refer(settings: Settings) -> Callable[..., None]:
    """Writes typed tables of one batch: table and column to ids."""

    def write(batch: str, **ids: list[str]) -> None:
        folder = settings.typed_zone / f"batch={batch}"
        folder.mkdir(parents=True)
        for name, values in ids.items():
            table, column = name.split("__")
            rows = ", ".join(f"('{value}')" for value in values)
            duckdb.sql(
                f"copy (select * from (values {rows}) t({column})) to '{folder / table}.parquet' (format parquet)"
            )

    return write


@pytest.fixture(autouse=True)
def known(source: Any) -> None:
    source.entities = {
        "funders": [
            {"id": f"https://openalex.org/F{number}", "display_name": f"Funder {number}"} for number in range(250)
        ],
        "institutions": [{"id": f"https://openalex.org/I{number}", "display_name": "One"} for number in range(9)],
    }


def test_nothing_typed_means_nothing_asked(settings: Settings, source: Any) -> None:
    assert sync_references(settings) == []
    assert source.requests == []


def test_ids_are_asked_for_a_hundred_at_a_time(settings: Settings, source: Any, refer: Any) -> None:
    refer("1", work_funders__funder_id=[f"F{number}" for number in range(205)], work_awards__funder_id=["F0", "F230"])
    refer("2", institution_lineage__ancestor_id=["I1"])
    funders, institutions = sync_references(settings)
    assert (funders.received, funders.stored, institutions.stored) == (206, 206, 1)
    filters = [parameters.get("filter") for path, parameters, _ in source.requests if path == "/funders"]
    sizes = [len(text.split("|")) for text in filters if text]
    assert len(sizes) == 3
    assert max(sizes) <= 100 and sum(sizes) == 206
    assert verify(settings).problems == ()


def test_what_was_asked_lately_is_not_asked_again(settings: Settings, source: Any, refer: Any) -> None:
    refer("1", work_funders__funder_id=["F1", "F2"])
    sync_references(settings)
    source.requests.clear()
    assert sync_references(settings) == []
    assert source.requests == []
    refer("2", work_funders__funder_id=["F2", "F3"])
    (summary,) = sync_references(settings)
    assert summary.received == 1


def test_stale_records_are_refreshed_and_stored_only_when_changed(
    settings: Settings, source: Any, refer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refer("1", work_funders__funder_id=["F1", "F2"])
    sync_references(settings)
    later = utc_now() + references.STALE_AFTER + timedelta(hours=1)
    monkeypatch.setattr(references, "utc_now", lambda: later)
    assert due_ids(settings, "funders", later) == ["F1", "F2"]
    source.entities["funders"][2]["display_name"] = "Renamed"
    source.entities["funders"][1]["works_count"] = 17
    (summary,) = sync_references(settings)
    assert (summary.received, summary.stored) == (2, 1)
    assert due_ids(settings, "funders", later) == []


def test_unknown_ids_are_told_and_not_asked_for_daily(
    settings: Settings, source: Any, refer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    refer("1", work_funders__funder_id=["F1", "F99999"])
    (summary,) = sync_references(settings)
    assert summary.received == 1
    assert "does not know 1 of 2 ids (F99999)" in caplog.text
    assert sync_references(settings) == []


def test_a_source_without_one_of_the_fields_is_asked_for_whole_records(
    settings: Settings, source: Any, answer: Any, refer: Any
) -> None:
    def refuse(path: str, parameters: dict[str, str]) -> Any:
        message = "homepage_url is not a valid select field."
        return (
            answer(400, {"error": "Invalid query parameters error.", "message": message})
            if "select" in parameters
            else None
        )

    refer("1", work_funders__funder_id=["F1"])
    source.intercept = refuse
    (summary,) = sync_references(settings)
    assert summary.stored == 1
    assert list_batches(settings, "funders")[0].query.select is None


def test_a_lost_page_is_noticed(settings: Settings, source: Any, refer: Any) -> None:
    """The source counts more than it sends: the soft time-out once, then well."""
    lost: list[Path] = []

    def lose(path: str, parameters: dict[str, str]) -> Any:
        answer = source._truth(path, parameters)
        if not lost and "filter" in parameters:
            lost.append(Path(path))
            answer.body["results"] = []
        return answer

    refer("1", work_funders__funder_id=[f"F{number}" for number in range(150)])
    source.intercept = lose
    (summary,) = sync_references(settings)
    assert summary.stored == 150
    assert len(list_batches(settings, "funders")) == 1


def test_an_answer_that_is_too_large_is_asked_for_in_halves(
    settings: Settings, source: Any, answer: Any, refer: Any
) -> None:
    def refuse_many(path: str, parameters: dict[str, str]) -> Any:
        many = parameters.get("filter", "").count("|") >= 40
        return answer(503, {"error": "Service unavailable", "message": "Response object too large"}) if many else None

    source.intercept = refuse_many
    refer("1", work_funders__funder_id=[f"F{number}" for number in range(150)])
    (summary,) = sync_references(settings)
    assert (summary.received, summary.stored, summary.expected) == (150, 150, 150)
    assert verify(settings).problems == ()
