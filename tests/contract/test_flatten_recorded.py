"""Flatten held against records as OpenAlex really returned them, all generations of the source.

What is expected is computed here in plain Python from the same records, on purpose by another way than the SQL.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from include.contracts.batch import Entity
from include.contracts.typed import TypedManifest
from include.flatten import flatten_batch
from include.settings import REPOSITORY, Settings
from tests.unit.flatten.raw_batches import rows, settings_in, write_batch

DATA = REPOSITORY.parent / "shared" / "data" / "openalex"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the recorded data are not here")

Record = dict[str, Any]


def short(value: str | None) -> str | None:
    return value.rsplit("/", 1)[-1] if value else None


def load(folder: str, pattern: str) -> list[Record]:
    return [json.loads(file.read_text()) for file in sorted((DATA / folder).glob(pattern))]


def legacy(entity: str) -> list[Record]:
    files = (DATA / "snapshot_legacy_layout" / entity).glob("updated_date=*/part_*.gz")
    return [json.loads(line) for file in files for line in gzip.open(file, "rt", encoding="utf-8")]


class Typed:
    """A flattened batch of recorded records."""

    def __init__(self, settings: Settings, entity: Entity, records: list[Record]) -> None:
        self.settings, self.records = settings, records
        self.manifest: TypedManifest = flatten_batch(settings, write_batch(settings, entity, records))

    def rows(self, table: str) -> list[Record]:
        return rows(self.settings, self.manifest.batch_id, table)


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Typed:
    # not splitlines(): the records hold other characters that it takes for the end of a line
    lines = (DATA / "works_real.jsonl").read_bytes().rstrip(b"\n").split(b"\n")
    return Typed(settings_in(tmp_path_factory.mktemp("works")), "works", [json.loads(line) for line in lines])


def authorships(works: Typed) -> Iterator[tuple[str, int, Record]]:
    for work in works.records:
        for index, authorship in enumerate(work["authorships"], start=1):
            yield str(short(work["id"])), index, authorship


def test_every_recorded_work_is_typed(works: Typed) -> None:
    assert works.manifest.records_in == len(works.records) > 200
    assert works.manifest.records_quarantined == 0
    assert {row["work_id"] for row in works.rows("works")} == {short(work["id"]) for work in works.records}


def test_the_fields_of_every_recorded_work_are_kept(works: Typed) -> None:
    by_id = {row["work_id"]: row for row in works.rows("works")}
    for work in works.records:
        row = by_id[short(work["id"])]
        assert row["publication_year"] == work["publication_year"]
        assert str(row["publication_date"]) == work["publication_date"]
        assert row["doi"] == ((work["doi"] or "").removeprefix("https://doi.org/").lower() or None)
        assert row["cited_by_count"] == work["cited_by_count"]
        assert row["work_type"] == work["type"]
        assert row["primary_topic_id"] == short((work["primary_topic"] or {}).get("id"))
        assert row["authors_count"] == len(work["authorships"])
        assert row["updated_at"].isoformat() == work["updated_date"].removesuffix("Z").removesuffix(".000000")
        assert (row["title"] is None) == (work["display_name"] is None)
        assert row["content_hash"]


def test_the_generations_are_told_apart(works: Typed) -> None:
    def generation(work: Record) -> str:
        return "+".join(field for field in ("grants", "awards") if field in work)

    found = Counter(row["api_generation"] for row in works.rows("works"))
    assert found == Counter(map(generation, works.records))
    assert len(found) == 3


def test_authorships_keep_their_places(works: Typed) -> None:
    found = [(row["work_id"], row["author_index"], row["author_id"]) for row in works.rows("authorships")]
    expected = [(work, index, short(one["author"]["id"])) for work, index, one in authorships(works)]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_institutions_of_authorships_are_kept(works: Typed) -> None:
    found = Counter(
        (row["work_id"], row["author_index"], row["institution_id"], row["ror"], row["country_code"])
        for row in works.rows("authorship_institutions")
    )
    expected = Counter(
        (work, index, short(one["id"]), short(one["ror"]), one["country_code"])
        for work, index, authorship in authorships(works)
        for one in authorship["institutions"]
    )
    assert found == expected


def test_countries_of_authorships_are_theirs_or_their_institutions(works: Typed) -> None:
    expected = set()
    for work, index, authorship in authorships(works):
        of_institutions = {one["country_code"] for one in authorship["institutions"]} - {None}
        for country in of_institutions | set(authorship["countries"]):
            is_shown = index <= 100 and country in authorship["countries"]
            expected.add((work, index, country, "institution" if country in of_institutions else "parsed", is_shown))
    found = [tuple(row.values()) for row in works.rows("authorship_countries")]
    assert sorted(found) == sorted(expected)


def test_no_address_is_lost(works: Typed) -> None:
    found = {(row["work_id"], row["author_index"]) for row in works.rows("affiliation_strings")}
    expected = {
        (work, index)
        for work, index, authorship in authorships(works)
        if any(
            text.strip()
            for text in [
                *authorship["raw_affiliation_strings"],
                *(one["raw_affiliation_string"] for one in authorship["affiliations"]),
            ]
        )
    }
    assert found == expected


def test_funders_are_the_union_of_all_fields_that_name_them(works: Typed) -> None:
    expected = {
        (short(work["id"]), short(funder), field)
        for work in works.records
        for field, funder in chain(
            (("funders", one["id"]) for one in work.get("funders", [])),
            (("awards", one["funder_id"]) for one in work.get("awards", [])),
            (("grants", one["funder"]) for one in work.get("grants", [])),
        )
    }
    found = [(row["work_id"], row["funder_id"], row["source_field"]) for row in works.rows("work_funders")]
    assert len(found) > 30
    assert sorted(found) == sorted(expected)


def test_topics_are_kept_once(works: Typed) -> None:
    found = [(row["work_id"], row["topic_id"]) for row in works.rows("work_topics")]
    expected = {(short(work["id"]), short(one["id"])) for work in works.records for one in work["topics"]}
    assert sorted(found) == sorted(expected)
    primary = {row["work_id"]: row["topic_id"] for row in works.rows("work_topics") if row["is_primary"]}
    assert primary == {
        short(work["id"]): short(work["primary_topic"]["id"]) for work in works.records if work["primary_topic"]
    }


def test_no_recorded_person_is_named(works: Typed) -> None:
    # an organisation can stand in the list of authors
    organisations = {place["display_name"] for _, _, one in authorships(works) for place in one["institutions"]}
    names = {one["raw_author_name"] for _, _, one in authorships(works)} - {None, ""} - organisations
    assert len(names) > 300
    typed = [value for table in works.manifest.rows for row in works.rows(table) for value in row.values()]
    assert not names & {value for value in typed if isinstance(value, str)}


@pytest.mark.parametrize(("entity", "pattern"), [("funders", "F*"), ("institutions", "I*"), ("topics", "T*")])
def test_single_objects_of_both_generations_and_the_old_snapshot_are_typed(
    tmp_path: Path, entity: Entity, pattern: str
) -> None:
    newest = load("objects_2026", f"{entity.removesuffix('s')}.json")
    older = [one for one in load("objects_grants_generation", f"{pattern}.json") if one["id"] != newest[0]["id"]]
    old_snapshot = legacy(entity) if entity != "topics" else []
    typed = Typed(settings_in(tmp_path), entity, [*newest, *older, *old_snapshot])
    assert len(newest) == 1
    assert typed.manifest.records_typed == len(typed.records)
    assert typed.manifest.records_quarantined == 0
    assert typed.manifest.unknown_fields == {}, "fields of the source that source_fields.py does not know"


def test_a_recorded_funder_has_the_same_number_in_both_generations(tmp_path: Path) -> None:
    found = []
    for number, folder in enumerate(("objects_2026", "objects_grants_generation")):
        [record] = [one for one in load(folder, "*.json") if one["id"].endswith("/F4320332161")]
        [row] = Typed(settings_in(tmp_path / str(number)), "funders", [record]).rows("funders")
        found.append({key: row[key] for key in ("funder_id", "funder_name", "country_code", "ror", "crossref_id")})
    assert found[0] == found[1]
    assert found[0]["crossref_id"] == "100000002"
    assert found[0]["ror"] == "01cwqze88"


def test_works_of_the_old_snapshot_are_typed_or_set_aside(tmp_path: Path) -> None:
    records = legacy("works")
    typed = Typed(settings_in(tmp_path), "works", records)
    assert typed.manifest.records_in == len(records) > 20
    assert typed.manifest.records_typed == len([work for work in records if "authorships" in work])
    assert all(row["reason_code"] == "no_authorships" for row in typed.rows("quarantine"))
