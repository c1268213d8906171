"""pyalex, a client that people use, works against the sandbox: single, filter, page, group, select."""

from __future__ import annotations

from typing import Any

import pyalex
import pytest
import requests
from pyalex import Funders, Institutions, Topics, Works
from requests.adapters import HTTPAdapter


class _Sandbox(HTTPAdapter):
    """Sends what pyalex asks of the real address, which is fixed in its code, to the sandbox."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *rest: Any, **more: Any) -> requests.Response:
        assert request.url is not None
        request.url = request.url.replace("https://api.openalex.org", self._url)
        return super().send(request, *rest, **{**more, "proxies": None})


@pytest.fixture(autouse=True)
def _to_the_sandbox(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def session() -> requests.Session:
        made = requests.Session()
        made.mount("https://api.openalex.org", _Sandbox(url))
        return made

    monkeypatch.setattr(pyalex.api, "_get_requests_session", session)


def _joint() -> Works:
    return Works().filter(authorships={"countries": "cn"}).filter(authorships={"countries": "gb|de"})


def test_it_fetches_single_objects() -> None:
    work = _joint().get()[0]
    assert Works()[work["id"]] == work
    assert Funders()["F9900000001"]["id"] == "https://openalex.org/F9900000001"
    institution = Institutions().get()[0]
    assert Institutions()[institution["ror"]]["id"] == institution["id"]
    assert Topics()["T10320"]["display_name"] == "Neural Networks and Applications"


def test_it_counts_what_it_pages_through() -> None:
    query = _joint().filter(publication_year=2020).select(["id", "publication_year"])
    works = [work for page in query.paginate(per_page=50, n_max=None) for work in page]
    assert len(works) == query.count() > 50
    assert {work["publication_year"] for work in works} == {2020}
    assert len({work["id"] for work in works}) == len(works)


def test_it_pages_by_number() -> None:
    pages = list(_joint().select("id").paginate(method="page", per_page=20, n_max=60))
    assert [len(page) for page in pages] == [20, 20, 20]


def test_it_groups() -> None:
    groups = _joint().group_by("publication_year").get()
    assert sum(group["count"] for group in groups) == _joint().count()


def test_it_filters_with_several_ids() -> None:
    ids = [work["id"] for work in _joint().select("id").get(per_page=7)]
    found = Works().filter_or(openalex=[one.rsplit("/", 1)[1] for one in ids]).get()
    assert {work["id"] for work in found} == set(ids)


def test_it_sorts() -> None:
    days = [work["publication_date"] for work in _joint().sort(publication_date="asc").get(per_page=100)]
    assert days == sorted(days)


def test_it_raises_what_the_api_says() -> None:
    with pytest.raises(pyalex.api.QueryError, match="not a valid field"):
        Works().filter(mood="good").get()
