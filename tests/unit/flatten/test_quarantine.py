"""What cannot be used is set aside with a reason; nothing is lost, whatever the lines hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from include.flatten import flatten_batch
from include.settings import Settings
from tests.unit.flatten.conftest import Flat
from tests.unit.flatten.raw_batches import rows, work, write_batch


def line(record: Any) -> bytes:
    return json.dumps(record).encode()


BAD: dict[str, tuple[dict[str, Any] | bytes, str]] = {
    "no id": (work(1, id=...), "no_id"),
    "blank id": (work(1, id=" "), "no_id"),
    "id of another kind": (work(1, id="https://openalex.org/A1"), "malformed_id"),
    "no year": (work(1, publication_year=None), "no_year"),
    "year long ago": (work(1, publication_year=999), "impossible_year"),
    "year to come": (work(1, publication_year=2028), "impossible_year"),
    "year of five digits": (work(1, publication_year=20200), "impossible_year"),
    "a year that is no number": (work(1, publication_year="MMXXI"), "wrong_type"),
    "a part of a year": (work(1, publication_year=2021.5), "wrong_type"),
    "a flag for a year": (work(1, publication_year=True), "wrong_type"),
    "a blank year": (work(1, publication_year=" "), "no_year"),
    "no authorships": (work(1, authorships=...), "no_authorships"),
    "authorships of another kind": (work(1, authorships="Invented Person"), "wrong_type"),
    # found by the property test below: DuckDB quotes the value in its message and cuts it within a character
    "a value that cannot be quoted": (
        work(1, publication_year=[{"": "00\u000b", "\u0080\u0080": 1e17}, "0\U00010000"]),
        "wrong_type",
    ),
    "torn": (line(work(1))[:200], "unreadable_json"),
    "two on one line": (line(work(1)) + b" " + line(work(2)), "unreadable_json"),
    "blank": (b"", "unreadable_json"),
    "spaces": (b"  \t ", "unreadable_json"),
    "no text": (b'{"id": "https://openalex.org/W1\xff"}', "unreadable_json"),
    "a raw control character": (b'{"id": "https://openalex.org/W1\x01"}', "unreadable_json"),
    "null": (b"null", "no_id"),
    "a list": (b"[]", "not_an_object"),
    "a number": (b"5", "not_an_object"),
    "a text": (b'"works.jsonl, line 2: no JSON: {"', "not_an_object"),
    "the same field twice": (b'{"id": "https://openalex.org/W1", "id": "https://openalex.org/W2"}', "duplicate_key"),
}


def test_every_kind_of_fault_is_set_aside_with_its_reason_and_place(flat: Flat) -> None:
    # a sound record between any two, so that no fault may reach its neighbours
    records: list[Any] = []
    for number, (bad, _) in enumerate(BAD.values()):
        records += [bad, work(1000 + number)]
    tables = flat(*records, page_size=20)
    assert {row["work_id"] for row in tables["works"]} == {f"W{1000 + number}" for number in range(len(BAD))}
    found = {(row["page_file"], row["line_number"]): row["reason_code"] for row in tables["quarantine"]}
    expected = {
        (f"page-{2 * number // 20 + 1:05d}.jsonl.gz", 2 * number % 20 + 1): code
        for number, (_, code) in enumerate(BAD.values())
    }
    assert found == expected
    assert all(row["reason"] for row in tables["quarantine"])


def test_quarantine_says_which_record_and_which_field(flat: Flat) -> None:
    torn = line(work(2))[:200]
    twice = line(work(3)).replace(b'"type"', b'"doi": 1, "doi"')
    somebody = work(1, authorships="Invented Person")
    rows_set_aside = flat(somebody, torn, twice, work(4))["quarantine"]
    found = {row["record_id"]: row["reason"] for row in rows_set_aside}
    assert found["W1"] == "authorships holds a text that cannot be read as a list"
    assert found.keys() == {"W1", "W2", "W3"}
    assert "the field doi twice" in found["W3"]


def test_a_text_in_the_place_of_a_record_is_kept_without_names(flat: Flat) -> None:
    torn = 'works.jsonl, line 7: no JSON: {"id": "W1", "authorships": [{"raw_author_name": "Jane \\"J\\" Doe", "co'
    [row] = flat(json.dumps(torn).encode())["quarantine"]
    assert row["record"] == torn.replace('"Jane \\"J\\" Doe"', '"(name removed)"')


def test_a_record_in_quarantine_is_as_received_but_for_the_names_of_people(flat: Flat) -> None:
    record = work(1, publication_year=None)
    [row] = flat(record)["quarantine"]
    author = record["authorships"][0]
    author["author"]["display_name"] = author["raw_author_name"] = "(name removed)"
    assert json.loads(row["record"]) == record
    assert (row["entity"], row["record_id"]) == ("works", "W1")


def test_the_newest_of_two_versions_stays(flat: Flat) -> None:
    old, new = work(1, updated_date="2026-01-01"), work(1, updated_date="2026-02-01", display_name="Newer")
    tables = flat(new, old, work(2), work(2), page_size=1)
    assert [row["title"] for row in tables["works"]] == ["Newer", "Invented work 2"]
    found = [(row["page_file"], row["record_id"], row["reason_code"]) for row in tables["quarantine"]]
    assert found == [
        ("page-00002.jsonl.gz", "W1", "duplicate_differs"),
        ("page-00004.jsonl.gz", "W2", "duplicate_same"),
    ]


def test_a_duplicate_of_a_record_that_only_the_careful_reading_finds_is_seen(flat: Flat) -> None:
    tables = flat(work(1), work(2), b"{", work(1), page_size=2)
    assert [row["work_id"] for row in tables["works"]] == ["W1", "W2"]
    assert sorted(row["reason_code"] for row in tables["quarantine"]) == ["duplicate_same", "unreadable_json"]


def test_both_ways_of_reading_give_the_same_rows(flat: Flat) -> None:
    works = [work(n, cited_by_count=str(n), fwci=n, is_xpac="true") for n in range(1, 8)]
    fast, careful = flat(*works), flat(*works, b"{")
    assert len(careful.pop("quarantine")) == 1
    fast.pop("quarantine")
    assert fast == careful


def test_fields_never_heard_of_are_counted_and_told(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    records = [work(1, brand_new=1), work(2, brand_new=None, other=[]), work(3), b"{"]
    typed = flatten_batch(settings, write_batch(settings, "works", records))
    assert typed.unknown_fields == {"brand_new": 2, "other": 1}
    assert "schema drift: fields that are kept in raw and not read: brand_new in 2 records, other in 1" in caplog.text


def test_a_record_of_ten_megabytes_is_read_and_one_without_measure_is_set_aside(flat: Flat) -> None:
    long = work(1, display_name="x" * 10_000_000)
    endless = line(work(2, display_name="x" * 70_000_000))
    tables = flat(long, endless, work(3))
    assert [len(row["title"]) for row in tables["works"]] == [10_000_000, len("Invented work 3")]
    assert [row["reason_code"] for row in tables["quarantine"]] == ["too_large"]


# any JSON, weighted to what makes trouble
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False), st.text(max_size=5)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)
PATHS = st.sampled_from(
    [
        ("id",),
        ("publication_year",),
        ("publication_date",),
        ("authorships",),
        ("authorships", 0),
        ("authorships", 0, "author"),
        ("authorships", 0, "author", "id"),
        ("authorships", 0, "institutions"),
        ("authorships", 0, "institutions", 0),
        ("authorships", 0, "institutions", 0, "country_code"),
        ("authorships", 0, "institutions", 0, "lineage"),
        ("authorships", 0, "countries"),
        ("authorships", 0, "affiliations", 0, "institution_ids"),
        ("topics",),
        ("topics", 1, "subfield"),
        ("primary_topic",),
        ("funders",),
        ("awards",),
        ("grants",),
        ("is_retracted",),
        ("cited_by_count",),
        ("fwci",),
        ("updated_date",),
        ("a_new_field",),
    ]
)


@st.composite
def mutated_lines(draw: st.DrawFn) -> bytes:
    """A work with one value replaced, or with bytes cut out, put in or doubled."""
    record = work(draw(st.integers(1, 4)))
    path = draw(PATHS)
    place: Any = record
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = draw(VALUES)
    written = line(record)
    if draw(st.booleans()):
        return written
    start = draw(st.integers(0, len(written)))
    end = draw(st.integers(start, min(len(written), start + 10)))
    middle = draw(st.binary(max_size=5)).replace(b"\n", b"")
    return written[:start] + middle + written[end:]


@pytest.mark.slow
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(lines=st.lists(mutated_lines(), min_size=1, max_size=12))
def test_records_in_are_records_typed_and_quarantined_whatever_the_lines_hold(
    settings: Settings, lines: list[bytes]
) -> None:
    typed = flatten_batch(settings, write_batch(settings, "works", lines, page_size=5))
    works, set_aside = (rows(settings, typed.batch_id, table) for table in ("works", "quarantine"))
    assert len(works) + len(set_aside) == len(lines)
    assert len({row["work_id"] for row in works}) == len(works)
    places = {(row["page_file"], row["line_number"]) for row in set_aside}
    assert len(places) == len(set_aside)
    assert all(row["reason_code"] and row["reason"] for row in set_aside)
