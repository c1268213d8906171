"""A recording as a corpus: versions, what is derived from works, what cannot be read, fields that come late."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from include.sandbox.catalog import CATALOG
from include.sandbox.corpus import CorpusError
from include.sandbox.engine import Engine
from include.sandbox.query import read_list_request
from include.sandbox.recorded import file_lines, record, summary

HONG_KONG = "https://openalex.org/I889"


def work(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"https://openalex.org/W{number}", "publication_year": 2021, "authorships": [], **fields}


def at(country: str) -> list[dict[str, Any]]:
    return [{"institutions": [{"id": HONG_KONG, "display_name": "A university", "country_code": country}]}]


def served(folder: Path, *records: Any, entity: str = "works", **parameters: str) -> list[Any]:
    (folder / "works.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in records))
    record(folder / "works.jsonl", folder / "corpus")
    engine = Engine(folder / "corpus")
    asked = {"per_page": "200", **parameters}
    request = read_list_request(CATALOG[entity], asked, engine.selectable(entity), paid=False)
    found: list[Any] = json.loads(engine.page(CATALOG[entity], request).body)["results"]
    return found


def test_the_newest_version_is_served_whatever_the_order(tmp_path: Path) -> None:
    days = {"older": "2024-01-01", "newest": "2026-01-01T00:00:00.5", "oldest": "2022-01-01"}
    versions = [work(1, title=title, updated_date=day) for title, day in days.items()]
    found = served(tmp_path, *versions, work(2, title="another"))
    assert {one["title"] for one in found} == {"newest", "another"}
    info, made = record(tmp_path / "works.jsonl", tmp_path / "corpus")
    assert not made
    assert (info.counts["works"], info.counts["copies"]) == (2, 2)


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_derived_institution_is_where_the_newest_work_says(tmp_path: Path, newest_first: bool) -> None:
    works = [
        work(1, updated_date="2022-09-01", authorships=at("CN")),
        work(2, updated_date="2026-02-16", authorships=at("HK")),
    ]
    [institution] = served(tmp_path, *(reversed(works) if newest_first else works), entity="institutions")
    assert (institution["country_code"], institution["works_count"]) == ("HK", 2)


def test_a_filter_reads_the_countries_and_where_there_are_none_the_institutions(tmp_path: Path) -> None:
    works = [
        work(1, authorships=at("HK")),
        work(2, authorships=[{"countries": ["HK"]}]),
        work(3, authorships=[{"countries": [], **at("HK")[0]}]),
        work(4, authorships=[{}] * 100 + at("HK")),
    ]
    found = served(tmp_path, *works, filter="authorships.countries:hk")
    assert {one["id"][-2:] for one in found} == {"W1", "W2"}


def test_what_cannot_be_read_is_served_as_a_text_whatever_is_selected(tmp_path: Path) -> None:
    found = served(tmp_path, work(1), "a text", work(2), select="id")
    assert [one for one in found if isinstance(one, str)] == ['works.jsonl, line 2: it is no JSON object: "a text"']
    assert [one for one in found if not isinstance(one, str)] == [{"id": work(n)["id"]} for n in (1, 2)]


def test_fields_that_come_late_belong_to_their_records_alone(tmp_path: Path) -> None:
    works = [work(n) if n < 1_200 else work(n, **{f"new_{n % 3}": n}) for n in range(1, 1_301)]
    found = served(tmp_path, *works, filter="openalex:W1|W499|W500|W501|W1199|W1200|W1201|W1300")
    assert {one["id"]: one for one in found} == {works[n - 1]["id"]: works[n - 1] for n in (
        1, 499, 500, 501, 1199, 1200, 1201, 1300,
    )}  # fmt: skip


def test_a_field_that_today_is_two_fields_comes_once(tmp_path: Path) -> None:
    grants = [{"funder": "https://openalex.org/F1"}]
    [found] = served(tmp_path, work(1, grants=grants, host_venue={}), select="id,awards,funders,primary_location")
    assert found == {"id": work(1)["id"], "grants": grants, "host_venue": {}}


def test_every_file_is_told_and_listed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "works.jsonl").write_text(f"{json.dumps(work(1))}\nnothing\n")
    for number in range(30):
        (folder / f"{number}.html").write_text("<html>")
    info, _ = record(folder, tmp_path / "corpus")
    assert summary(info, tmp_path / "corpus").startswith(
        "1 works in 31 files; 1 texts that cannot be read are put aside; 30 files hold no records; "
    )
    with (tmp_path / "corpus" / "files.csv").open() as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    assert len(rows) == 31
    assert (rows["works.jsonl"]["records"], rows["works.jsonl"]["unreadable"]) == ("1", "1")
    assert "11 more files" in file_lines(tmp_path / "corpus")[-1]


def test_nothing_is_left_of_a_recording_without_works(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    with pytest.raises(CorpusError, match="it is empty"):
        record(tmp_path / "empty", tmp_path / "corpora" / "corpus")
    assert list((tmp_path / "corpora").iterdir()) == []


def test_a_filter_by_year_reads_years_as_flatten_does(tmp_path: Path) -> None:
    years: list[Any] = [2021, "2021", "2021.0", 2021.0, " 2021 ", "2.021e3", 2021.5, "about 2021", True, None, "nan"]
    works = [work(number, publication_year=year) for number, year in enumerate(years, start=1)]
    found = served(tmp_path, *works, filter="publication_year:2021")
    assert sorted(one["id"][-1] for one in found) == ["1", "2", "3", "4", "5", "6"]
