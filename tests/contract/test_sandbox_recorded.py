"""The sandbox answers as OpenAlex was recorded to answer: objects field by field, envelopes, errors, headers."""

from __future__ import annotations

import contextlib
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
import yaml

from include.settings import REPOSITORY

SHARED = REPOSITORY.parent / "shared" / "data" / "openalex"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded data is not here")

_HELPER = Path(__file__).parents[1] / "unit" / "sandbox" / "serving.py"


def _serving(corpus: Path) -> contextlib.AbstractContextManager[str]:
    spec = importlib.util.spec_from_file_location("sandbox_serving", _HELPER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: contextlib.AbstractContextManager[str] = module.serving(corpus)
    return found


@pytest.fixture(scope="module")
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture(scope="module")
def works_url() -> Iterator[str]:
    with _serving(SHARED / "works_real.jsonl") as url:
        yield url


@pytest.fixture(scope="module")
def objects_url() -> Iterator[str]:
    with _serving(SHARED / "objects_2026") as url:
        yield url


@pytest.fixture(scope="module")
def recorded() -> dict[str, dict[str, Any]]:
    lines = (SHARED / "works_real.jsonl").read_bytes().splitlines()
    works = [{k: v for k, v in json.loads(line).items() if not k.startswith("_")} for line in lines]
    return {work["id"]: work for work in works}


def _exchanges(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((SHARED / "http" / name).read_text())["http_interactions"]
    return found


def _body(exchange: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(exchange["response"]["body"]["string"])
    return body


def test_a_crawl_returns_every_recorded_work_field_by_field(
    http: requests.Session, works_url: str, recorded: dict[str, dict[str, Any]]
) -> None:
    found: dict[str, dict[str, Any]] = {}
    cursor: str | None = "*"
    while cursor:
        page = http.get(f"{works_url}/works", params={"cursor": cursor, "per_page": "60"}).json()
        found |= {work["id"]: work for work in page["results"]}
        cursor = page["meta"]["next_cursor"]
    assert found.keys() == recorded.keys()
    for key, work in recorded.items():
        assert found[key] == {**work, "authorships": work["authorships"][:100]}, key


def test_a_single_work_is_the_recorded_one(
    http: requests.Session, works_url: str, recorded: dict[str, dict[str, Any]]
) -> None:
    for key, work in list(recorded.items())[::20]:
        assert http.get(f"{works_url}/works/{key.rsplit('/', 1)[1]}").json() == work


def test_recorded_works_are_found_by_doi(
    http: requests.Session, works_url: str, recorded: dict[str, dict[str, Any]]
) -> None:
    with_doi = [work for work in recorded.values() if work["doi"]][::15]
    assert with_doi
    for work in with_doi:
        assert http.get(f"{works_url}/works/{quote(work['doi'], safe=':/')}").json()["doi"] == work["doi"]


def test_select_gives_the_recorded_fields(
    http: requests.Session, works_url: str, recorded: dict[str, dict[str, Any]]
) -> None:
    fields = ["id", "doi", "authorships", "awards", "funders", "grants", "updated_date"]
    page = http.get(f"{works_url}/works", params={"select": ",".join(fields), "per_page": "100"}).json()
    for work in page["results"]:
        whole = recorded[work["id"]]
        assert work == {name: whole[name] for name in fields if name in whole}


@pytest.mark.parametrize("kind", ["work", "funder", "institution", "topic"])
def test_recorded_objects_come_back_whole(http: requests.Session, objects_url: str, kind: str) -> None:
    record = json.loads((SHARED / "objects_2026" / f"{kind}.json").read_text(encoding="utf-8"))
    short = record["id"].rsplit("/", 1)[1]
    assert http.get(f"{objects_url}/{kind}s/{short}").json() == record
    listed = http.get(f"{objects_url}/{kind}s", params={"filter": f"ids.openalex:{short}"}).json()["results"]
    assert listed == [record]


def test_references_that_were_not_recorded_are_derived(
    http: requests.Session, works_url: str, recorded: dict[str, dict[str, Any]]
) -> None:
    institutions = {
        one["id"]: one for work in recorded.values() for author in work["authorships"] for one in author["institutions"]
    }
    assert institutions
    for key, said in list(institutions.items())[::25]:
        derived = http.get(f"{works_url}/institutions/{key}").json()
        assert {name: derived[name] for name in ("id", "ror", "country_code", "type")} == {
            name: said[name] for name in ("id", "ror", "country_code", "type")
        }


def test_the_envelope_of_a_list_is_the_recorded_one(http: requests.Session, works_url: str) -> None:
    for exchange in _exchanges("pro_request_list_count.yml"):
        theirs = _body(exchange)
        ours = http.get(f"{works_url}/works", params={"per_page": "1", "select": "ids", "page": "1"}).json()
        assert list(ours) == list(theirs)
        assert list(ours["meta"]) == list(theirs["meta"])
        assert {key: type(value) for key, value in ours["meta"].items()} == {
            key: type(value) for key, value in theirs["meta"].items()
        }
        assert list(ours["results"][0]) == list(theirs["results"][0])


def test_groups_look_like_the_recorded_ones(http: requests.Session, works_url: str) -> None:
    theirs = _body(_exchanges("pro_request_biodiversity_and_group_by_type.yml")[0])
    ours = http.get(f"{works_url}/works", params={"group_by": "type", "per_page": "200", "cursor": "*"}).json()
    assert list(ours) == list(theirs)
    assert list(ours["meta"]) == list(theirs["meta"])
    names = {group["key"]: group["key_display_name"] for group in theirs["group_by"]}
    shared = [group for group in ours["group_by"] if group["key"] in names]
    assert shared
    assert all(group["key_display_name"] == names[group["key"]] for group in shared)
    assert [group["key"] for group in ours["group_by"]] == sorted(group["key"] for group in ours["group_by"])


def test_an_unknown_select_field_is_refused_in_the_recorded_words(http: requests.Session, works_url: str) -> None:
    exchange = _exchanges("opt_select_fields.yml")[0]
    ours = http.get(f"{works_url}/works/W4235089722", params={"select": "DOESNTEXIST"})
    theirs = _body(exchange)
    assert ours.status_code == exchange["response"]["status"]
    assert ours.json()["error"] == theirs["error"]
    # the recorded works hold further, older fields, named after those of today
    assert ours.json()["message"].startswith(theirs["message"].removesuffix("."))


def test_a_wrong_key_is_refused_in_the_recorded_words(http: requests.Session) -> None:
    from include.sandbox.limits import Limits, Refused

    exchange = _exchanges("pro_rate_limit_status_401.yml")[0]
    with pytest.raises(Refused) as refused:
        Limits(daily_credits=1, key="right").check_key("wrong")
    assert refused.value.status == exchange["response"]["status"]
    assert refused.value.body == _body(exchange)


def test_the_rate_limit_status_has_the_recorded_shape(http: requests.Session, works_url: str) -> None:
    theirs = _body(_exchanges("pro_rate_limit_status_200.yml")[0])
    ours = http.get(f"{works_url}/rate-limit", params={"api_key": "abcdefgh"}).json()
    assert list(ours) == list(theirs)
    assert list(ours["rate_limit"]) == list(theirs["rate_limit"])


def test_rate_headers_have_the_recorded_names(http: requests.Session, works_url: str) -> None:
    exchange = _exchanges("api_call_200.yml")[0]
    names = {name.lower() for name in exchange["response"]["headers"] if name.lower().startswith("x-ratelimit")}
    ours = {name.lower() for name in http.get(f"{works_url}/works?per_page=1").headers}
    assert names <= ours


def test_a_recording_says_that_it_is_one(http: requests.Session, works_url: str) -> None:
    assert http.get(f"{works_url}/works?per_page=1").headers["X-Entangled-Origin"] == "recorded"
