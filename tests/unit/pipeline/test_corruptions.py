"""The catalogue of `make corruptions`: it is whole, it names checks that there are, and it stands in docs/GATES.md."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import get_args

import pytest
import requests

from include.audit.drift.engine import drift_checks
from include.audit.registry import load_checks
from include.audit.suites import Family, load_suites
from include.audit.thresholds import load_thresholds
from include.common.errors import ContractError, EntangledError
from include.pipeline.corruptions import Wanted
from include.pipeline.corruptions.catalogue import CATALOGUE
from include.pipeline.corruptions.evolutions import EVOLUTIONS
from include.pipeline.corruptions.outcome import Outcome, read_message
from include.pipeline.corruptions.page import PAGE, catalogue_text, write_page
from include.pipeline.corruptions.records import counted, relabelled
from include.pipeline.corruptions.row import Corruption, Place
from include.pipeline.corruptions.source import Edit, Source
from include.pipeline.lanes import Ended


def test_the_catalogue_is_whole() -> None:
    names = [row.name for row in CATALOGUE] + [each.name for each in EVOLUTIONS]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert len(CATALOGUE) >= 100
    assert {row.place for row in CATALOGUE} == set(get_args(Place))
    assert len(EVOLUTIONS) >= 20


def test_nine_in_ten_must_be_stopped_and_the_others_say_why_a_warning_is_enough() -> None:
    warned = [row for row in CATALOGUE if row.expected == "warned"]
    assert len(warned) <= len(CATALOGUE) / 10
    assert all(len(row.enough.split()) > 3 for row in warned)


def test_what_gate_3_must_find_is_a_check_of_gate_3() -> None:
    checks = [check.check_id for check in (*load_checks(load_thresholds()), *drift_checks())]
    known = {*checks, *(f"{table}_{family}" for table in load_suites() for family in get_args(Family))}
    assert [row.name for row in CATALOGUE if row.gate == "gate 3" and row.by not in known] == []


def test_every_published_table_is_emptied_once() -> None:
    emptied = {row.name.removesuffix("_emptied") for row in CATALOGUE if row.name.endswith("_emptied")}
    # what works are without works is another row; tables of the BI layer have their faults in test_checks.py
    tables = {table for table in load_suites() if not table.startswith("bi_")}
    assert tables - {"fct_works", "dim_counting_method", "dim_work_selection"} == emptied


def test_the_page_has_the_catalogue() -> None:
    assert catalogue_text() in PAGE.read_text(encoding="utf-8"), "run make corruptions WRITE=1"
    assert all(f"| `{row.name}` |" in PAGE.read_text(encoding="utf-8") for row in CATALOGUE)


def test_a_page_without_a_place_for_it_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Gates\n")
    with pytest.raises(ContractError, match="no place for the catalogue"):
        write_page(page)


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    one, again, other = (Wanted(sample=12, seed=seed).chosen() for seed in (1, 1, 2))
    assert one == again != other
    assert [len(part) for part in one] == [12, 2]


def test_a_name_that_nobody_knows_is_told_with_those_that_are_known() -> None:
    with pytest.raises(EntangledError, match="no corruption or evolution a_new_moon") as refused:
        Wanted(("a_new_moon", "day")).chosen()
    assert CATALOGUE[0].name in str(refused.value)


ROW = Corruption("one", "source", "Something.", "gate 3", "a_check", lambda bench: None, "source")


@pytest.mark.parametrize(
    ("outcome", "fault"),
    [
        (Outcome(ROW, "stopped", "gate 3", ("another", "a_check"), 1), ""),
        (Outcome(ROW, "stopped", "gate 3", ("another",), 1, "a_check is mentioned"), ""),
        (Outcome(ROW, "stopped", "gate 2", ("a_check",), 1), "should be stopped by gate 3"),
        (Outcome(ROW, "stopped", "gate 3", ("another",), 1), "a_check should be among what found it"),
        (Outcome(ROW, "warned", None, ("a_check",), 1), "should be stopped"),
        (Outcome(ROW, "silent", None, (), 1), "should be stopped"),
        (Outcome(ROW, "no trace", None, (), 1), "should be stopped"),
        (Outcome(ROW, "broken", "gate 3", ("a_check",), 1), "should be stopped"),
    ],
    ids=["as expected", "by its message", "another gate", "another check", "warned", "silent", "no trace", "broken"],
)
def test_an_outcome_is_held_against_its_row(outcome: Outcome, fault: str) -> None:
    assert outcome.fault == fault


def test_the_checks_are_read_from_what_a_gate_says() -> None:
    gate_3 = "08:00:00 audit (gate 3) ...\nerror: gate 3 refuses run R: 2 of 9 checks failed\n" + (
        "    one_check#3fa9c1: 3 rows, such as a=1 (expected no rows)\n    a_suite_values: not met\n  where: /docs\n"
    )
    assert read_message(Ended(4, gate_3)) == ("one_check", "a_suite_values")
    dbt = "error: dbt build ended with 1:\n    test.entangled.unique_works.1a: 2 results\n"
    assert read_message(Ended(1, dbt)) == ("unique_works.1a",)
    assert read_message(Ended(1, "error: the page is torn\n  where: /raw\n")) == ("the page is torn",)


# --- the source that lies --------------------------------------------------------------------------------------------

WORK = {
    "id": "https://openalex.org/W1",
    "authorships": [{"countries": ["FR", "CN"], "institutions": [{"id": "I1", "country_code": "FR"}]}],
}
ANSWERS = {
    "/works": {"meta": {"count": 1}, "results": [WORK], "group_by": []},
    "/works/W1": WORK,
    "counts": {"meta": {}, "results": [], "group_by": [{"key": "2020", "count": 10}, {"key": "2021", "count": 21}]},
}


@contextmanager
def upstream(asked: list[str]) -> Iterator[str]:
    """A source that notes what it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            path = self.path.split("?")[0]
            body = json.dumps(ANSWERS["counts" if "group_by" in self.path else path]).encode()
            self.send_response(200)
            self.send_header("X-Own", "kept")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_source_without_an_edit_knows_no_work_of_tomorrow_and_hands_on_the_rest() -> None:
    asked: list[str] = []
    with upstream(asked) as url, Source(url, date(2022, 7, 1)).listening() as source:
        answer = requests.get(f"{source.url}/works", {"filter": "is_paratext:false", "cursor": "*"}, timeout=10)
        alone = requests.get(f"{source.url}/works/W1", timeout=10)
    assert asked == ["/works?filter=is_paratext%3Afalse%2Cto_publication_date%3A2022-07-01&cursor=%2A", "/works/W1"]
    assert (answer.json(), alone.json()) == (ANSWERS["/works"], WORK)
    assert answer.headers["X-Own"] == "kept"


def test_a_source_tells_records_counts_and_conditions_otherwise() -> None:
    asked: list[str] = []
    with upstream(asked) as url, Source(url, date(2022, 7, 1)).listening() as source:
        source.edits += [
            Edit(record=relabelled("FR", "DE")),
            Edit(count=counted(0.5)),
            Edit(narrow=("language:en",)),
        ]
        listed = requests.get(f"{source.url}/works", timeout=10).json()["results"][0]
        groups = requests.get(f"{source.url}/works", {"group_by": "publication_year"}, timeout=10).json()["group_by"]
        alone = requests.get(f"{source.url}/works/W1", timeout=10).json()
    assert listed == alone
    assert listed["authorships"] == [{"countries": ["DE", "CN"], "institutions": [{"id": "I1", "country_code": "DE"}]}]
    assert [group["count"] for group in groups] == [5, 10]
    assert all("language%3Aen" in path for path in asked[:2])
