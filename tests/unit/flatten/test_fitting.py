"""A value that cannot be read costs its field, not the paper; what DuckDB takes as it stands stays as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include.contracts.batch import Entity
from include.flatten import flatten_batch
from include.flatten.fitting import Fitting
from include.settings import Settings
from tests.unit.flatten.conftest import Flat
from tests.unit.flatten.raw_batches import authorship, institution, topic, work, write_batch

OXFORD = institution(7, country_code="GB")
SOURCE = {"id": "https://openalex.org/S9", "display_name": "Invented Journal"}

# changes of a work -> the table, and columns of its row that must come out
KEPT: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "a count with a point": ({"cited_by_count": "12.0"}, "works", {"cited_by_count": 12}),
    "a count with commas": ({"cited_by_count": "1,234"}, "works", {"cited_by_count": 1234}),
    "a score between blanks": ({"fwci": " 1.5 "}, "works", {"fwci": 1.5}),
    "a flag as a figure": ({"is_xpac": "1"}, "works", {"is_xpac": True}),
    "a country without its list": (
        {"authorships": [authorship(1, countries="GB", institutions=[])]},
        "authorship_countries",
        {"country_code": "GB"},
    ),
    "an institution without its list": (
        {"authorships": [authorship(1, countries=["GB"], institutions=OXFORD)]},
        "authorship_institutions",
        {"institution_id": "I7", "country_code": "GB"},
    ),
    "the id of an institution": (
        {"authorships": [authorship(1, institutions=[OXFORD["id"]])]},
        "authorship_institutions",
        {"institution_id": "I7"},
    ),
    "an ancestor without its list": (
        {"authorships": [authorship(1, institutions=[{**OXFORD, "lineage": "https://openalex.org/I900"}])]},
        "institution_lineage",
        {"institution_id": "I7", "ancestor_id": "I900"},
    ),
    "an address without its list": (
        {"authorships": [authorship(1, affiliations=[], raw_affiliation_strings="Oxford")]},
        "affiliation_strings",
        {"raw_affiliation_string": "Oxford"},
    ),
    "authorships as text": ({"authorships": json.dumps([authorship(5)])}, "authorships", {"author_id": "A5"}),
    "authorships in a further list": ({"authorships": [[authorship(5)]]}, "authorships", {"author_id": "A5"}),
    "an authorship without its list": ({"authorships": authorship(5)}, "authorships", {"author_id": "A5"}),
    "the id of a source": ({"primary_location": {"source": SOURCE["id"]}}, "works", {"source_id": "S9"}),
    "the name of a source": (
        {"primary_location": {"source": "Invented Journal"}}, "works", {"source_name": "Invented Journal"},
    ),
    "a location in a list": ({"primary_location": [{"source": SOURCE}]}, "works", {"source_id": "S9"}),
    "no host venue, as a list": ({"host_venue": []}, "works", {"work_id": "W1"}),
    "the id of a topic": ({"primary_topic": "https://openalex.org/T10"}, "works", {"primary_topic_id": "T10"}),
    "ids of topics": ({"topics": ["https://openalex.org/T10"]}, "work_topics", {"topic_id": "T10"}),
    "a topic without its list": ({"topics": topic(10)}, "work_topics", {"topic_id": "T10"}),
    "the number of a subfield": (
        {"topics": [{**topic(10), "subfield": 1707}]}, "work_topics", {"subfield_id": "1707"},
    ),
    "ids of funders": ({"funders": ["https://openalex.org/F5"]}, "work_funders", {"funder_id": "F5"}),
    "numbers of awards": ({"awards": ["61876176"]}, "work_awards", {"funder_award_id": "61876176"}),
}  # fmt: skip

# changes of a work -> the fields that are left empty
EMPTIED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a count in words": ({"cited_by_count": "many"}, ["cited_by_count"]),
    "no count": ({"cited_by_count": ""}, ["cited_by_count"]),
    "a count beyond measure": ({"cited_by_count": 3_000_000_000}, ["cited_by_count"]),
    "an object for a count": ({"cited_by_count": {"n": 1}}, ["cited_by_count"]),
    "a decimal comma": ({"fwci": "1,5"}, ["fwci"]),
    "no score": ({"fwci": ""}, ["fwci"]),
    "no flag": ({"is_paratext": ""}, ["is_paratext"]),
    "a list for a flag": ({"is_paratext": [False]}, ["is_paratext"]),
    "the name of an author": ({"authorships": [{**authorship(1), "author": "Jane Doe"}]}, ["authorships[].author"]),
    "an authorship of another kind": ({"authorships": [authorship(1), 5]}, ["authorships[]"]),
    "a location that is no object": ({"primary_location": "doi:10.5555/x"}, ["primary_location"]),
    "grants as a flag": ({"grants": True}, ["grants"]),
    "two at once": ({"fwci": "", "cited_by_count": ""}, ["cited_by_count", "fwci"]),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_value_that_can_be_understood_is_kept(flat: Flat, name: str) -> None:
    changes, table, expected = KEPT[name]
    tables = flat(work(1, **changes), work(2))
    assert tables["quarantine"] == []
    assert len(tables["works"]) == 2
    assert any(expected.items() <= row.items() for row in tables[table] if row.get("work_id", "W1") == "W1")


@pytest.mark.parametrize("name", EMPTIED)
def test_a_value_that_cannot_be_read_is_left_empty_and_counted(settings: Settings, name: str) -> None:
    changes, fields = EMPTIED[name]
    typed = flatten_batch(settings, write_batch(settings, "works", [work(1, **changes), work(2)]))
    assert (typed.records_typed, typed.records_quarantined) == (2, 0)
    assert typed.emptied_fields == dict.fromkeys(fields, 1)


def test_what_is_emptied_is_counted_of_typed_records_alone(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    records = [work(1, fwci=""), work(2, fwci="", publication_year=None), work(3, fwci=-1.0)]
    typed = flatten_batch(settings, write_batch(settings, "works", records))
    assert (typed.records_typed, typed.emptied_fields) == (2, {"fwci": 2})
    assert "values that cannot be read are left empty: fwci in 2 records" in caplog.text


@pytest.mark.parametrize(
    ("entity", "field"), [("institutions", "works_count"), ("funders", "works_count"), ("topics", "works_count")]
)
def test_records_of_every_entity_keep_what_can_be_read(settings: Settings, entity: Entity, field: str) -> None:
    record = {"id": f"https://openalex.org/{entity[0].upper()}5", "display_name": "Invented", field: "some"}
    typed = flatten_batch(settings, write_batch(settings, entity, [record]))
    assert (typed.records_typed, typed.emptied_fields) == (1, {field: 1})


def test_a_count_of_papers_is_never_left_empty(flat: Flat) -> None:
    query = {"kind": "country", "year": 2021, "topic_chunk": 0}
    tables = flat({"query": query, "group_by": [{"key": "GB", "count": "some"}]}, entity="totals")
    [row] = tables["quarantine"]
    assert (row["reason_code"], row["reason"]) == (
        "wrong_type", "group_by[].count holds a text that cannot be read as a number",
    )  # fmt: skip


VALUES = [
    0, 1, -1, 12.0, 12.5, -0.4, 1e30, 3_000_000_000, 2**63, True, False, "12", "12.0", "1,234", "1,234.5", "", " ",
    " 12 ", "1e3", "x", "true", "T", "yes", "no", "on", "1", "0", "f", "nan", "inf", "-Infinity", "1.5", " 1.5 ",
    "1,5", "0x10", {}, {"a": 1}, {"a": [1]}, [], [1], ["x"], [[]], [None], [{"a": 1}],
]  # fmt: skip
KINDS = ["BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "VARCHAR", "STRUCT(a VARCHAR)", "VARCHAR[]", "STRUCT(a INTEGER)[]"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_duckdb_takes_stays_as_it_is_and_what_it_refuses_can_be_read_then(tmp_path: Path, kind: str) -> None:
    connection = duckdb.connect()
    fitting = Fitting(connection, {"value": kind})

    def read(line: bytes) -> str | None:
        (tmp_path / "line.jsonl").write_bytes(line + b"\n")
        try:
            rows = connection.execute(
                f"select * from read_json(?, columns = {{'value': '{kind}'}}, format = 'newline_delimited')",
                [str(tmp_path / "line.jsonl")],
            ).fetchall()
        except duckdb.Error:
            return None
        return str(rows)

    for value in VALUES:
        line = json.dumps({"value": value}).encode()
        fitted = fitting.fitted(line)
        assert read(fitted.line) is not None, value
        if read(line) is not None:
            assert (read(fitted.line), fitted.emptied) == (read(line), {}), value
