"""Funders, institutions, topics and totals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from include.flatten import flatten_batch
from include.settings import Settings
from tests.unit.flatten.conftest import Flat
from tests.unit.flatten.raw_batches import rows, write_batch


def test_a_funder_of_either_generation_has_its_registry_number(flat: Flat) -> None:
    base = {
        "display_name": "Invented R&amp;D Fund",
        "country_code": "cn",
        "alternate_titles": ["Fund &amp; Sons", "Fund & Sons", "", None],
        "works_count": 12,
        "updated_date": "2026-02-16T04:02:39",
    }
    tables = flat(
        {
            "id": "https://openalex.org/F1",
            **base,
            "ids": {"ror": "https://ror.org/01cwqze88", "crossref": "501100001809"},
        },
        {"id": "https://openalex.org/F2", **base, "ids": {"crossref": 501100001810}},
        {"id": "https://openalex.org/F3", **base, "ids": {"doi": "https://doi.org/10.13039/501100001811"}},
        {"id": "https://openalex.org/F4", **base, "ids": None},
        entity="funders",
    )
    funders = tables["funders"]
    assert [row["crossref_id"] for row in funders] == ["501100001809", "501100001810", "501100001811", None]
    assert {(row["funder_name"], row["country_code"], row["works_count"]) for row in funders} == {
        ("Invented R&D Fund", "CN", 12)
    }
    assert funders[0]["ror"] == "01cwqze88"
    assert funders[0]["updated_at"] == datetime(2026, 2, 16, 4, 2, 39)
    assert [tuple(row.values()) for row in tables["funder_aliases"]] == [(f"F{n}", "Fund & Sons") for n in range(1, 5)]


def test_an_institution_has_its_place_and_lineage(flat: Flat) -> None:
    record: dict[str, Any] = {
        "id": "https://openalex.org/I5",
        "display_name": "Invented Academy",
        "ror": "https://ror.org/03vek6s52",
        "country_code": None,
        "type": "government",
        "lineage": ["https://openalex.org/I5", "https://openalex.org/I6", "https://openalex.org/I6"],
        "geo": {"city": "Example", "country_code": "CN", "latitude": 39.5, "longitude": 116.25},
        "is_super_system": False,
        "works_count": 3,
    }
    tables = flat(record, entity="institutions")
    [row] = tables["institutions"]
    assert (row["institution_id"], row["ror"], row["country_code"]) == ("I5", "03vek6s52", "CN")
    assert (row["city"], row["latitude"], row["longitude"]) == ("Example", 39.5, 116.25)
    assert [tuple(row.values()) for row in tables["institution_lineage"]] == [("I5", "I5"), ("I5", "I6")]


def test_records_of_the_wrong_kind_are_set_aside(flat: Flat) -> None:
    record = {"id": "https://openalex.org/T7", "display_name": "Invented topic"}
    for entity, kept in (("topics", 1), ("institutions", 0), ("funders", 0)):
        tables = flat(record, entity=entity)
        assert len(tables[entity]) == kept
        assert [row["reason_code"] for row in tables["quarantine"]] == ["malformed_id"] * (1 - kept)


def answer(kind: str, groups: list[tuple[object, int]], **query: object) -> dict[str, Any]:
    asked = {"kind": kind, "condition_code": None, "group_code": None, "year": None, "topic_chunk": 1, **query}
    return {
        "query": asked,
        "meta": {"count": 1},
        "group_by": [{"key": key, "key_display_name": "A name", "count": count} for key, count in groups],
    }


def test_totals_are_by_country_or_by_year_as_their_kind_says(flat: Flat) -> None:
    tables = flat(
        answer("country", [("https://openalex.org/countries/CN", 7), ("fr", 5), ("unknown", 3)], year=2020),
        answer("partner", [("GB", 2)], year=2020, condition_code="CHINA"),
        answer("group", [("2019", 4), (2020, 6)], group_code="EU27"),
        answer("group_partner", [("2019", 1)], group_code="EU27", condition_code="CHINA"),
        answer("world", [("2019", 100)], group_code="WORLD", topic_chunk=2),
        answer("world", [], group_code="WORLD", topic_chunk=3),
        entity="totals",
    )
    assert {tuple(row.values()) for row in tables["totals"]} == {
        ("country", "", "CN", 2020, 1, 7),
        ("country", "", "FR", 2020, 1, 5),
        ("partner", "CHINA", "GB", 2020, 1, 2),
        ("group", "", "EU27", 2019, 1, 4),
        ("group", "", "EU27", 2020, 1, 6),
        ("group_partner", "CHINA", "EU27", 2019, 1, 1),
        ("world", "", "WORLD", 2019, 2, 100),
        # every question that was answered, whatever it counts
        ("country", "", None, 2020, 1, 0),
        ("partner", "CHINA", None, 2020, 1, 0),
        ("group", "", "EU27", None, 1, 0),
        ("group_partner", "CHINA", "EU27", None, 1, 0),
        ("world", "", "WORLD", None, 2, 0),
        ("world", "", "WORLD", None, 3, 0),
    }


def test_answers_that_cannot_be_counted_are_set_aside(flat: Flat) -> None:
    good = answer("world", [("2019", 100)], group_code="WORLD")
    tables = flat(
        good,
        good,
        answer("galaxy", []),
        answer("country", [("CN", 1)]),
        answer("group", [("2020", 1)]),
        {**good, "group_by": None},
        {"group_by": []},
        answer("world", [("2019", 3), ("2020", -1)], group_code="EU27"),
        entity="totals",
        page_size=2,
    )
    assert [row["papers"] for row in tables["totals"]] == [100, 0]
    assert [row["reason_code"] for row in tables["quarantine"]] == [
        "duplicate_query",
        "unknown_kind",
        "no_year",
        "no_group",
        "no_counts",
        "no_query",
        "impossible_count",
    ]


def test_places_and_counts_that_cannot_be_are_empty(flat: Flat) -> None:
    place = {"city": "Nowhere", "latitude": 91, "longitude": -181}
    found = flat({"id": "https://openalex.org/I1", "works_count": -1, "geo": place}, entity="institutions")
    [row] = found["institutions"]
    assert [row[name] for name in ("city", "latitude", "longitude", "works_count")] == ["Nowhere", None, None, None]


def test_tombstones_keep_their_evidence_and_those_that_name_nothing_are_put_aside(settings: Settings) -> None:
    whole = {
        "entity": "funders",
        "id": "F1",
        "reason": "merged",
        "merged_into_id": "F2",
        "evidence": {"request": "/funders/F1", "status": 301, "answered_id": "F2"},
        "seen_at": "2026-11-23T12:00:00+00:00",
    }
    batch_id = write_batch(
        settings,
        "tombstones",
        [whole, {**whole, "id": "nothing"}, {**whole, "id": "F3", "reason": "bored"}, {**whole, "id": "f1"}],
    )
    typed = flatten_batch(settings, batch_id)
    assert (typed.records_in, typed.records_typed, typed.records_quarantined) == (4, 1, 3)
    assert rows(settings, batch_id, "tombstones") == [
        {
            "entity": "funders",
            "record_id": "F1",
            "reason": "merged",
            "merged_into_id": "F2",
            "evidence": '{"request":"/funders/F1","status":301,"answered_id":"F2"}',
            "seen_at": datetime(2026, 11, 23, 12),
        }
    ]
    assert [row["reason_code"] for row in rows(settings, batch_id, "quarantine")] == [
        "malformed_id",
        "unknown_reason",
        "duplicate_same",
    ]
