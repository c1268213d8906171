"""The server answers over real HTTP as OpenAlex does: paging, single objects, groups, keys, limits, errors."""

from __future__ import annotations

import gzip
import itertools
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import requests

from include.sandbox import targets
from include.settings import REPOSITORY

Serving = Callable[..., AbstractContextManager[str]]
JOINT = "authorships.countries:cn,authorships.countries:" + "|".join(targets.EUROPE).lower()


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def _get(http: requests.Session, address: str, **parameters: str | int) -> dict[str, Any]:
    response = http.get(address, params=parameters)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def _pages(http: requests.Session, address: str, **parameters: str | int) -> list[dict[str, Any]]:
    pages, cursor = [], "*"
    while cursor:
        pages.append(_get(http, address, cursor=cursor, **parameters))
        cursor = pages[-1]["meta"]["next_cursor"]
    return pages


def test_a_crawl_by_cursor_brings_every_record_once(http: requests.Session, url: str) -> None:
    pages = _pages(http, f"{url}/works", filter=JOINT, per_page=100, select="id", sort="publication_date")
    ids = [work["id"] for page in pages for work in page["results"]]
    assert len(ids) == len(set(ids)) == pages[0]["meta"]["count"]
    assert all(len(page["results"]) == 100 for page in pages[:-1])
    assert 0 < len(pages[-1]["results"]) < 100


def test_an_exact_multiple_of_pages_ends_with_an_empty_one(http: requests.Session, url: str) -> None:
    ids = [work["id"] for work in _get(http, f"{url}/works", filter=JOINT, per_page=10, select="id")["results"]]
    chosen = "|".join(one.rsplit("/", 1)[1] for one in ids)
    pages = _pages(http, f"{url}/works", filter=f"openalex:{chosen}", per_page=5, select="id")
    assert [len(page["results"]) for page in pages] == [5, 5, 0]
    assert pages[-1]["meta"]["next_cursor"] is None


def test_pages_by_number_and_by_cursor_are_the_same(http: requests.Session, url: str) -> None:
    asked: dict[str, str | int] = {"filter": JOINT, "per_page": 50, "select": "id", "sort": "publication_date"}
    by_cursor = [page["results"] for page in _pages(http, f"{url}/works", **asked)]
    by_number = [_get(http, f"{url}/works", page=number, **asked)["results"] for number in (1, 2, 3)]
    assert by_number == by_cursor[:3]


def test_a_sort_holds(http: requests.Session, url: str) -> None:
    works = _get(http, f"{url}/works", filter=JOINT, per_page=100, sort="publication_year:desc,cited_by_count")
    keys = [(-work["publication_year"], work["cited_by_count"]) for work in works["results"]]
    assert keys == sorted(keys)


def test_a_list_without_matches_is_empty(http: requests.Session, url: str) -> None:
    page = _get(http, f"{url}/works", filter="openalex:W1", cursor="*")
    assert page["results"] == []
    assert page["meta"]["count"] == 0
    assert page["meta"]["next_cursor"] is None


@pytest.mark.parametrize("select", ["id", "id,authorships,funders", None])
def test_select_cuts_and_nothing_else(http: requests.Session, url: str, select: str | None) -> None:
    asked = {"filter": JOINT, "per_page": "20"}
    whole = _get(http, f"{url}/works", **asked)["results"]
    found = _get(http, f"{url}/works", **asked, **({"select": select} if select else {}))["results"]
    fields = set(select.split(",")) if select else None
    # a record of an older generation has its funding in `grants`
    older = {"grants"} if fields and "funders" in fields else set()
    assert found == [
        {
            key: value
            for key, value in work.items()
            if fields is None or key in (fields if "funders" in work else fields | older)
        }
        for work in whole
    ]


def test_lists_cut_authorships_and_single_works_do_not(
    http: requests.Session, serving: Serving, corpus: Path, tmp_path: Path
) -> None:
    author = {"author": {"id": None}, "institutions": [], "countries": ["CN"]}
    record = {"id": "https://openalex.org/W5", "publication_year": 2020, "authorships": [author] * 130}
    (tmp_path / "large.jsonl").write_text(json.dumps(record) + "\n")
    with serving(tmp_path / "large.jsonl") as address:
        listed = _get(http, f"{address}/works", cursor="*")["results"][0]
        single = _get(http, f"{address}/works/W5")
    assert (len(listed["authorships"]), len(single["authorships"])) == (100, 130)


def test_a_work_is_found_by_id_and_doi_in_every_form(http: requests.Session, url: str) -> None:
    work = next(
        one for one in _get(http, f"{url}/works", filter=JOINT, per_page=50)["results"] if one["doi"] is not None
    )
    bare = work["doi"].removeprefix("https://doi.org/")
    short = work["id"].rsplit("/", 1)[1]
    for form in (work["id"], short, short.lower(), work["doi"], f"doi:{bare}", bare):
        assert _get(http, f"{url}/works/{form}") == work


def test_an_institution_is_found_by_id_and_ror(http: requests.Session, url: str) -> None:
    institution = _get(http, f"{url}/institutions", per_page=1)["results"][0]
    bare = institution["ror"].removeprefix("https://ror.org/")
    for form in (institution["id"], institution["ror"], f"ror:{bare}"):
        assert _get(http, f"{url}/institutions/{form}") == institution


@pytest.mark.parametrize("entity", ["funders", "institutions", "topics"])
def test_references_are_found_by_a_hundred_ids(http: requests.Session, url: str, entity: str) -> None:
    listed = _get(http, f"{url}/{entity}", per_page=100)["results"]
    ids = [one["id"].rsplit("/", 1)[1] for one in listed]
    found = _get(http, f"{url}/{entity}", filter=f"ids.openalex:{'|'.join(ids)}", per_page=100)["results"]
    assert {one["id"] for one in found} == {one["id"] for one in listed}


def test_background_works_can_be_listed_and_fetched(http: requests.Session, url: str) -> None:
    works = _get(http, f"{url}/works", filter="authorships.countries:us", per_page=100, sort="id:desc")["results"]
    background = [work for work in works if work["id"].startswith("https://openalex.org/W991")]
    assert background
    assert _get(http, f"{url}/works/{background[0]['id']}") == background[0]
    assert all("US" in author for work in background for author in [work["authorships"][0]["countries"]]) or any(
        "US" in author["countries"] for author in background[0]["authorships"]
    )


@pytest.mark.parametrize(
    "group_by",
    ["authorships.countries", "institutions.country_code", "publication_year", "type", "primary_topic.id",
     "primary_topic.subfield.id", "funders.id", "is_retracted"],
)  # fmt: skip
def test_every_group_counts_what_its_filter_lists(http: requests.Session, url: str, group_by: str) -> None:
    groups = _get(http, f"{url}/works", filter=JOINT, group_by=group_by)["group_by"]
    assert groups
    for group in groups[:4]:
        key = group["key"].rsplit("/", 1)[-1]
        listed = _get(http, f"{url}/works", filter=f"{JOINT},{group_by}:{key}", per_page=1)
        assert listed["meta"]["count"] == group["count"], group


def test_groups_page_by_cursor_to_an_empty_end(http: requests.Session, url: str) -> None:
    pages = _pages(http, f"{url}/works", group_by="authorships.countries", per_page=20)
    keys = [group["key"] for page in pages for group in page["group_by"]]
    whole = _get(http, f"{url}/works", group_by="authorships.countries")["group_by"]
    assert sorted(group["key"] for group in whole) == keys
    assert pages[-1]["group_by"] == []


def test_groups_beyond_two_hundred_need_a_cursor(http: requests.Session, serving: Serving, tmp_path: Path) -> None:
    topics = ({"id": f"https://openalex.org/T{n}", "display_name": f"t{n}"} for n in range(10_000, 10_230))
    records = [
        {"id": f"https://openalex.org/W{n}", "primary_topic": t, "authorships": []} for n, t in enumerate(topics)
    ]
    (tmp_path / "topics.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    with serving(tmp_path / "topics.jsonl") as address:
        first = _get(http, f"{address}/works", group_by="primary_topic.id")
        pages = _pages(http, f"{address}/works", group_by="primary_topic.id", per_page=200)
    assert len(first["group_by"]) == 200
    assert [len(page["group_by"]) for page in pages] == [200, 30, 0]


def test_counts_of_countries_hold_the_background(http: requests.Session, url: str, corpus: Path) -> None:
    figures = json.loads((corpus / "truth" / "summary.json").read_text())["figures"]
    subject_share = figures["share_of_china_papers_2021"]
    groups = _get(http, f"{url}/works", filter="publication_year:2021", group_by="authorships.countries")["group_by"]
    china = next(group["count"] for group in groups if group["key"].endswith("/CN"))
    # more than the subject's papers, because some papers are not in the subject
    assert china > figures["joint_papers_2021"] / subject_share


def test_answers_say_where_they_come_from(http: requests.Session, url: str) -> None:
    for path in ("/works", "/funders/F9900000001", "/works/W1", "/works?filter=x:y"):
        assert http.get(url + path).headers["X-Entangled-Origin"] == "synthetic"


def test_rate_headers_count_down(http: requests.Session, serving: Serving, corpus: Path) -> None:
    with serving(corpus, "--daily-credits", "10000") as address:
        listed = http.get(f"{address}/works?per_page=1").headers
        single = http.get(f"{address}/funders/F9900000001").headers
    assert (listed["x-ratelimit-limit"], listed["x-ratelimit-limit-usd"]) == ("10000", "1")
    assert (listed["x-ratelimit-remaining"], listed["x-ratelimit-remaining-usd"]) == ("9999", "0.9999")
    assert (listed["x-ratelimit-credits-used"], listed["x-ratelimit-cost-usd"]) == ("1", "0.0001")
    assert (single["x-ratelimit-remaining"], single["x-ratelimit-credits-used"]) == ("9999", "0")
    assert 0 < int(single["x-ratelimit-reset"]) <= 86_400


def test_answers_are_gzipped_for_those_who_read_gzip(http: requests.Session, url: str) -> None:
    squeezed = http.get(f"{url}/works?per_page=10&sort=id", stream=True)
    plain = http.get(f"{url}/works?per_page=10&sort=id", headers={"Accept-Encoding": "identity"})
    body = json.loads(gzip.decompress(squeezed.raw.read()))
    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert body["results"] == plain.json()["results"]


def test_a_key_is_asked_for_when_there_is_one(http: requests.Session, serving: Serving, corpus: Path) -> None:
    with serving(corpus, "--key", "open-sesame") as address:
        refused = http.get(f"{address}/works", headers={"Authorization": "Bearer wrong"})
        none = http.get(f"{address}/rate-limit")
        bearer = http.get(f"{address}/works?per_page=1", headers={"Authorization": "Bearer open-sesame"})
        parameter = http.get(f"{address}/works?per_page=1&api_key=open-sesame")
        header = http.get(f"{address}/works?per_page=1", headers={"api_key": "open-sesame"})
        status = http.get(f"{address}/rate-limit?api_key=open-sesame")
    for answer in (refused, none):
        assert answer.status_code == 401
        assert answer.json() == {"error": "Invalid or missing API key", "message": "API key not found"}
    assert [answer.status_code for answer in (bearer, parameter, header, status)] == [200] * 4
    assert status.json()["api_key"] == "ope...ame"


def test_too_many_requests_in_a_second_are_refused(http: requests.Session, serving: Serving, corpus: Path) -> None:
    with serving(corpus, "--requests-per-second", "3") as address:
        answers = [http.get(f"{address}/funders/F9900000001") for _ in range(12)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].headers["Retry-After"] == "1"
    assert refused[0].json()["error"] == "Rate limit exceeded"
    assert refused[0].json()["message"] == "Rate limit exceeded: 3 requests per second. Please slow down."


def test_the_days_budget_ends(http: requests.Session, serving: Serving, corpus: Path) -> None:
    with serving(corpus, "--daily-credits", "2") as address:
        answers = [http.get(f"{address}/works?per_page=1") for _ in range(3)]
        single = http.get(f"{address}/funders/F9900000001")
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    body = answers[2].json()
    assert body["message"].startswith("Insufficient budget. This request costs $0.0001 but you only have $0 remaining.")
    assert int(answers[2].headers["Retry-After"]) == body["retryAfter"]
    assert body["creditsRequired"] == 1
    # single objects cost nothing
    assert single.status_code == 200


def test_what_changed_is_behind_the_plan_gate(http: requests.Session, serving: Serving, corpus: Path, url: str) -> None:
    asked = "/works?per_page=1&filter=from_updated_date:2026-01-01"
    refused = http.get(url + asked)
    assert refused.status_code == 429
    assert "Retry-After" not in refused.headers
    assert refused.json() == {
        "error": "Plan upgrade required",
        "message": 'The "from_updated_date:2026-01-01" filter requires a Premium, Institutional, or Partner plan. '
        "See https://openalex.org/pricing for details.",
    }
    with serving(corpus, "--plan", "paid") as address:
        assert http.get(address + asked).json()["meta"]["count"] > 0


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/works?filter=grants.funder:F1", "Invalid query parameters error."),
        ("/works?select=authorships.countries", "Invalid query parameters error."),
        ("/works?page=101&per_page=100", "Pagination error."),
        ("/works?cursor=nonsense", "Pagination error."),
        ("/works?group_by=type&cursor=nonsense!", "Pagination error."),
    ],
)
def test_a_bad_request_says_what_is_wrong(http: requests.Session, url: str, path: str, error: str) -> None:
    answer = http.get(url + path)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert answer.json()["message"]


def test_a_cursor_of_another_sort_is_refused(http: requests.Session, url: str) -> None:
    cursor = _get(http, f"{url}/works", cursor="*", sort="publication_date")["meta"]["next_cursor"]
    answer = http.get(f"{url}/works", params={"cursor": cursor, "sort": "cited_by_count"})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Cursor value is invalid."


@pytest.mark.parametrize(
    "path", ["/works/W1", "/works/doi:10.1/none", "/institutions/ror:000000000", "/works/F1", "/x"]
)
def test_what_is_not_there_is_404(http: requests.Session, url: str, path: str) -> None:
    answer = http.get(url + path)
    assert answer.status_code == 404
    assert answer.json()["error"]


def test_latency_is_added(http: requests.Session, serving: Serving, corpus: Path) -> None:
    with serving(corpus, "--latency-ms", "150") as address:
        assert http.get(f"{address}/rate-limit").elapsed.total_seconds() >= 0.15


def _refused(*arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "include.sandbox", "serve", *arguments],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ended.returncode not in (0, None)
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_a_port_that_is_taken_is_named(corpus: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = _refused("--corpus", str(corpus), "--port", port)
    assert port in said
    assert "ENTANGLED_SANDBOX_PORT" in said


def test_a_corpus_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert str(tmp_path / "nowhere") in _refused("--corpus", str(tmp_path / "nowhere"), "--port", "0")


def test_a_recording_without_a_work_is_refused_with_what_became_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "torn.jsonl").write_text('{"id": "https://open')
    said = _refused("--corpus", str(tmp_path / "torn.jsonl"), "--port", "0")
    assert "there are no works" in said
    assert "torn.jsonl: not read: record 1: no JSON" in said


@pytest.mark.parametrize("file", ["works.parquet", "works.documents.bin", "works.documents.npy", "corpus.json"])
def test_a_torn_corpus_is_named(corpus: Path, tmp_path: Path, file: str) -> None:
    for source in itertools.chain(corpus.glob("*.parquet"), corpus.glob("*.documents.*"), [corpus / "corpus.json"]):
        data = source.read_bytes()
        (tmp_path / source.name).write_bytes(data[: len(data) // 2] if source.name == file else data)
    assert file.removesuffix(".npy").removesuffix(".bin") in _refused("--corpus", str(tmp_path), "--port", "0")


@pytest.mark.parametrize(("name", "field"), [("funders.id", "id"), ("awards.funder_id", "funder_id")])
def test_works_of_a_funder_are_those_that_name_it(http: requests.Session, url: str, name: str, field: str) -> None:
    works = _get(http, f"{url}/works", filter=f"{name}:F9900000000", per_page=100)["results"]
    assert works
    for work in works:
        if name == "awards.funder_id":
            assert "https://openalex.org/F9900000000" in {award[field] for award in work["awards"]}
        else:
            assert "F9900000000" in json.dumps([work.get(kind) for kind in ("funders", "awards", "grants")])


def test_the_server_tells_what_it_was_asked_and_takes_another_pace(
    http: requests.Session, serving: Serving, corpus: Path
) -> None:
    with serving(corpus, "--page-cache-mb", "10") as address:
        assert http.post(f"{address}/_limits", json={"requests_per_second": 2, "latency_ms": 0}).status_code == 204
        query = {"select": "id", "per_page": 5, "cursor": "*"}
        answers = [http.get(f"{address}/works", params=query) for _ in range(3)]
        assert [one.status_code for one in answers] == [200, 200, 429]
        # the second is the first, kept
        assert answers[0].content == answers[1].content
        seen = http.delete(f"{address}/_stats").json()
        assert seen == []
        for wrong in ("", "[]", '{"latency_ms": "soon"}'):
            assert http.post(f"{address}/_limits", data=wrong).status_code == 400
        http.post(f"{address}/_limits", json={"requests_per_second": 0, "latency_ms": 0})
        http.get(f"{address}/works/W0")
        assert [(one["status"], one["cursor"]) for one in http.get(f"{address}/_stats").json()] == [(404, None)]
