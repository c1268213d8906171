"""A source that refuses large pages gets smaller ones, and no answer is read beyond the largest size."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from include.contracts.batch import Query
from include.openalex import client as client_module
from include.openalex.client import Client
from include.openalex.errors import AnswerTooLarge
from include.openalex.listing import list_pages
from include.openalex.turns import Demand
from include.settings import Settings

REFUSAL = {"error": "Service unavailable", "message": "Response object too large"}


def _query(per_page: int = 100) -> Query:
    return Query(path="/works", filter="", select="id", sort="publication_date", per_page=per_page)


def _all_pages(client: Client, query: Query) -> tuple[list[str], list[int], int]:
    """Ids in the order received, sizes of the pages, and requests."""
    fetch = list_pages(client, query, Demand())
    cursor: str | None = "*"
    ids: list[str] = []
    sizes: list[int] = []
    requests = 0
    while cursor is not None:
        page = fetch(cursor)
        ids += [json.loads(record)["id"] for record in page.records]
        sizes.append(len(page.records))
        requests += page.requests
        cursor = page.next_cursor
    return ids, sizes, requests


@pytest.mark.parametrize("status", [503, 413, 500])
def test_a_page_that_is_refused_as_too_large_is_asked_for_in_halves(
    status: int, source: Any, answer: Any, settings: Settings, make_work: Callable[..., dict[str, Any]], no_pause: None
) -> None:
    source.works = [make_work(number) for number in range(1, 251)]

    def refuse_large(path: str, parameters: dict[str, str]) -> Any:
        return answer(status, REFUSAL) if int(parameters["per_page"]) > 30 else None

    source.intercept = refuse_large
    ids, sizes, requests = _all_pages(Client(settings), _query())
    assert ids == [work["id"] for work in source.works]
    assert max(sizes) == 25
    # 100 and 50 are refused at first, and 50 again after every four pages of 25
    assert requests == len(source.requests) == len(sizes) + 4


def test_pages_grow_again_behind_the_large_works(
    source: Any, answer: Any, settings: Settings, make_work: Callable[..., dict[str, Any]], no_pause: None
) -> None:
    source.works = [make_work(number) for number in range(1, 501)]

    def refuse_at_the_start(path: str, parameters: dict[str, str]) -> Any:
        at_the_start = parameters["cursor"] == "*"
        return answer(503, REFUSAL) if at_the_start and int(parameters["per_page"]) > 50 else None

    source.intercept = refuse_at_the_start
    ids, sizes, _ = _all_pages(Client(settings), _query())
    assert ids == [work["id"] for work in source.works]
    assert sizes[:5] == [50, 50, 50, 50, 100]


def test_one_work_that_is_too_large_is_an_error_that_says_so(
    source: Any, answer: Any, settings: Settings, make_work: Callable[..., dict[str, Any]], no_pause: None
) -> None:
    source.works = [make_work(1)]
    source.intercept = lambda path, parameters: answer(503, REFUSAL)
    with pytest.raises(AnswerTooLarge, match="Response object too large"):
        _all_pages(Client(settings), _query())
    assert [parameters["per_page"] for _, parameters, _ in source.requests] == ["100", "50", "25", "12", "6", "3", "1"]


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_an_answer_beyond_the_largest_size_is_cut_off(
    encoding: str, source: Any, answer: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "LARGEST_ANSWER_BYTES", 1 << 20)
    monkeypatch.setattr(client_module, "LARGEST_SENT_BYTES", 1 << 19)
    body = b'{"x": "' + b"0" * (50 << 20) + b'"}'
    sent = gzip.compress(body, 1) if encoding == "gzip" else body
    headers = {"Content-Encoding": "gzip"} if encoding == "gzip" else {}
    source.intercept = lambda path, parameters: answer(200, sent, headers)
    client = Client(settings)
    tracemalloc.start()
    try:
        with pytest.raises(AnswerTooLarge, match="the rest was not read"):
            client.get("/works")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # one chunk may unpack to some megabytes; what the server sends in all is 50
    assert peak < 12 << 20
    # the connection is not used again: the next answer would begin in the middle of this one
    source.intercept = None
    assert client.get("/works").document["meta"]["count"] == 0
