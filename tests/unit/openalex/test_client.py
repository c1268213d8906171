"""The client tells the errors of the API apart, retries what may pass, never sleeps long, and never shows the key."""

from __future__ import annotations

import copy
import errno
import logging
import pickle
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.openalex import client as client_module
from include.openalex.client import Answer, Budget, Client, judge, read_budget
from include.openalex.errors import (
    BadRequest,
    BudgetExhausted,
    CursorLost,
    MalformedPage,
    NotFound,
    PlanRequired,
    SourceError,
    Throttled,
    Unauthorised,
    Unreachable,
    UpstreamTimeout,
)
from include.openalex.limiter import SharedLimiter
from include.settings import Settings

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = "key-that-must-not-leak-4711"

# the literal bodies of the API; in all three 429s the credits may read 0
PER_SECOND = (
    b'{"error":"Rate limit exceeded","message":"Rate limit exceeded: 30 requests per second. Please slow down.",'
    b'"retryAfter":1,"costUsd":0.0001,"dailyRemainingUsd":0,"prepaidRemainingUsd":0,"creditsRequired":1,'
    b'"creditsRemaining":0,"onetimeCreditsRemaining":0}'
)
BUDGET = (
    b'{"error":"Rate limit exceeded","message":"Insufficient budget. This request costs $0.0001 but you only have $0 '
    b'remaining. Resets at midnight UTC. Need more? Add funds at https://openalex.org/pricing","retryAfter":41749,'
    b'"costUsd":0.0001,"dailyRemainingUsd":0,"prepaidRemainingUsd":0,"creditsRequired":1,"creditsRemaining":0,'
    b'"onetimeCreditsRemaining":0}'
)
PLAN = (
    b'{"error":"Plan upgrade required","message":"The \\"from_updated_date:2026-11-01\\" filter requires a Premium, '
    b'Institutional, or Partner plan. See https://openalex.org/pricing for details."}'
)
TIMEOUT = (
    b'{"error":"Gateway timeout","message":"Your query took too long and was stopped before completing.",'
    b'"reason":"query_timeout"}'
)
BAD_FIELD = b'{"error":"Invalid query parameters error.","message":"grants.funder is not a valid field."}'
NO_KEY = b'{"error":"Invalid or missing API key","message":"API key not found"}'
HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected"),
    [
        (429, {"Retry-After": "1"}, PER_SECOND, Throttled),
        (429, {}, PER_SECOND, Throttled),
        (429, {"Retry-After": "41749"}, BUDGET, BudgetExhausted),
        (429, {}, BUDGET, BudgetExhausted),
        # a small Retry-After near midnight: the words decide, not the number
        (429, {"Retry-After": "2"}, BUDGET.replace(b"41749", b"2"), BudgetExhausted),
        (429, {}, PLAN, PlanRequired),
        (403, {}, PLAN, PlanRequired),
        (429, {"Retry-After": "3"}, HTML, Throttled),
        (429, {"Retry-After": "40000"}, HTML, BudgetExhausted),
        (429, {}, HTML, Throttled),
        (401, {}, NO_KEY, Unauthorised),
        (403, {}, HTML, Unauthorised),
        (404, {}, b"{}", NotFound),
        (400, {}, BAD_FIELD, BadRequest),
        (414, {}, b"Request URL too long", BadRequest),
        (504, {}, TIMEOUT, UpstreamTimeout),
        (502, {}, HTML, Unreachable),
        (503, {"Retry-After": "30"}, b"{}", Unreachable),
    ],
)
def test_answers_are_told_apart(status: int, headers: dict[str, str], body: bytes, expected: type[SourceError]) -> None:
    fault = judge(Answer(status, headers, body), "here", NOW)
    assert type(fault) is expected
    assert fault.where and fault.fix


def test_a_good_answer_is_no_error() -> None:
    assert judge(Answer(200, {}, b"{}"), "here", NOW) is None


def test_a_spent_budget_says_when_it_resets() -> None:
    fault = judge(Answer(429, {"Retry-After": "41749"}, BUDGET), "here", NOW)
    assert isinstance(fault, BudgetExhausted)
    assert fault.resets_at == NOW + timedelta(seconds=41749)
    unsaid = judge(Answer(429, {}, BUDGET.replace(b'"retryAfter":41749,', b"")), "here", NOW)
    assert isinstance(unsaid, BudgetExhausted)
    assert unsaid.resets_at == datetime(2026, 11, 24, tzinfo=UTC)


def test_the_budget_is_read_from_the_headers() -> None:
    headers = {"x-ratelimit-limit": "10000", "x-ratelimit-remaining": "9989", "x-ratelimit-reset": "41749"}
    budget = read_budget(headers, NOW)
    assert budget is not None
    assert (budget.limit, budget.remaining) == (10000, 9989)
    # seconds until midnight, not an epoch
    assert budget.resets_at == NOW + timedelta(seconds=41749)
    assert read_budget({}, NOW) is None


def test_an_answer_that_was_overtaken_does_not_raise_the_budget_again() -> None:
    late = Budget(10_000, 9_989, NOW)
    early = Budget(10_000, 9_990, NOW + timedelta(seconds=1))
    assert early.after(late) == late.after(early) == late.after(None) == late
    tomorrow = Budget(10_000, 9_999, NOW + timedelta(days=1))
    assert tomorrow.after(late) == tomorrow
    larger_plan = Budget(200_000, 199_000, NOW)
    assert larger_plan.after(late) == larger_plan


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def client(settings: Settings, pauses: list[float]) -> Client:
    return Client(settings, sleep=pauses.append)


@pytest.mark.parametrize(
    ("status", "body"), [(429, PER_SECOND), (500, HTML), (502, HTML), (504, TIMEOUT), (200, HTML), (200, b'{"meta":')]
)
def test_what_may_pass_is_tried_again(client: Client, source: Any, answer: Any, status: int, body: bytes) -> None:
    source.faults.extend([answer(status, body), answer(status, body)])
    reply = client.get("/works", {"per_page": "1"})
    assert reply.requests == 3
    assert reply.document["meta"]["count"] == 0
    assert source.asked("/works") == 3


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (429, BUDGET, BudgetExhausted),
        (429, PLAN, PlanRequired),
        (401, NO_KEY, Unauthorised),
        (400, BAD_FIELD, BadRequest),
    ],
)
def test_what_stays_is_asked_once(
    client: Client, source: Any, answer: Any, pauses: list[float], status: int, body: bytes, expected: type[SourceError]
) -> None:
    source.faults.append(answer(status, body, {"Retry-After": "41749"}))
    with pytest.raises(expected):
        client.get("/works")
    assert source.asked("/works") == 1
    assert sum(pauses) < 1


def test_a_dropped_connection_is_tried_again(client: Client, source: Any, answer: Any) -> None:
    source.faults.append(answer(drop=True))
    assert client.get("/works").requests == 2


def test_retries_end_with_the_error_of_the_last(client: Client, source: Any, answer: Any, pauses: list[float]) -> None:
    source.faults.extend([answer(503, b"{}")] * client_module.ATTEMPTS)
    with pytest.raises(Unreachable, match="503"):
        client.get("/works")
    assert source.asked("/works") == client_module.ATTEMPTS
    assert max(pauses) <= client_module.LONGEST_PAUSE_SECONDS


def test_a_long_pause_is_not_slept_through(client: Client, source: Any, answer: Any, pauses: list[float]) -> None:
    source.faults.append(answer(503, b"{}", {"Retry-After": "3600"}))
    with pytest.raises(Unreachable):
        client.get("/works")
    assert source.asked("/works") == 1
    assert sum(pauses) < 1


def test_a_silent_source_is_a_timeout(make_settings: Callable[..., Settings], source: Any, answer: Any) -> None:
    source.faults.extend([answer(200, {}, delay_seconds=1.0)] * client_module.ATTEMPTS)
    client = Client(make_settings(OPENALEX_TIMEOUT_SECONDS=0.1), sleep=lambda seconds: None)
    with pytest.raises(UpstreamTimeout, match=r"within 0\.1 s"):
        client.get("/works")


@pytest.mark.parametrize(
    ("headers", "body", "expected", "told"),
    [
        ({"Content-Encoding": "gzip"}, b"no gzip at all", MalformedPage, "it is not compressed as it says"),
        ({f"X-{number}": "1" for number in range(150)}, b"{}", Unreachable, "got more than 100 headers"),
    ],
)
def test_an_odd_answer_is_told_in_a_sentence(
    client: Client,
    source: Any,
    answer: Any,
    headers: dict[str, str],
    body: bytes,
    expected: type[SourceError],
    told: str,
) -> None:
    source.faults.extend([answer(200, body, headers)] * client_module.ATTEMPTS)
    with pytest.raises(expected, match=told):
        client.get("/works")


def test_a_redirect_out_of_the_web_is_not_followed(client: Client, source: Any, answer: Any) -> None:
    source.faults.append(answer(302, b"", {"Location": "file:///etc/passwd"}))
    with pytest.raises(BadRequest, match="redirects to an address that is no web address"):
        client.get("/works")


def test_https_asked_of_a_server_without_it_is_said(make_settings: Callable[..., Settings], source: Any) -> None:
    settings = make_settings(OPENALEX_BASE_URL=source.url.replace("http:", "https:"))
    with pytest.raises(Unreachable, match="an https address of a server that speaks http"):
        Client(settings, sleep=lambda seconds: None).get("/works")


def test_what_a_terminal_would_obey_is_not_shown(client: Client, source: Any, answer: Any) -> None:
    source.faults.append(answer(418, b'{"error": "\x1b[2J\x1b[31mred"}'))
    with pytest.raises(SourceError) as caught:
        client.get("/works")
    assert "red" in str(caught.value)
    assert str(caught.value).replace("\n", "").isprintable()


def test_no_server_is_told_in_a_sentence(make_settings: Callable[..., Settings]) -> None:
    client = Client(make_settings(OPENALEX_BASE_URL="http://127.0.0.1:9"), sleep=lambda seconds: None)
    with pytest.raises(Unreachable) as caught:
        client.get("/works")
    assert "Connection refused" in caught.value.what
    assert "http://127.0.0.1:9/works" in caught.value.where
    assert "sandbox" in caught.value.fix


def test_a_disk_that_fails_while_waiting_for_the_pace_is_no_fault_of_the_network(
    settings: Settings, source: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(limiter: SharedLimiter) -> float:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(SharedLimiter, "wait", full)
    with pytest.raises(OSError, match="No space left"):
        Client(settings).get("/works")
    assert source.asked("/works") == 0


def test_the_origin_comes_from_the_header(client: Client, source: Any) -> None:
    assert client.get("/works").origin == "synthetic"
    source.origin = None
    assert client.get("/works").origin == "openalex"
    source.origin = "elsewhere"
    with pytest.raises(MalformedPage, match="elsewhere"):
        client.get("/works")


def test_the_key_travels_in_the_header_only(client: Client, source: Any) -> None:
    client.get("/works", {"filter": "publication_year:2019"})
    ((path, parameters, headers),) = source.requests
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert headers["User-Agent"].startswith("entangled/")
    assert KEY not in path + str(parameters)


def test_a_netrc_file_does_not_replace_the_key(
    client: Client, source: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client.get("/works")
    assert source.requests[0][2]["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("status", "echo"),
    [(401, '{"error":"Invalid or missing API key","message":"not known: %s"}'), (500, "oops %s"), (200, "oops %s")],
)
def test_the_key_shows_nowhere(
    settings: Settings, source: Any, answer: Any, caplog: pytest.LogCaptureFixture, status: int, echo: str
) -> None:
    """Even when the source echoes it."""
    caplog.set_level(logging.DEBUG)
    source.faults.extend([answer(status, (echo % KEY).encode())] * client_module.ATTEMPTS)
    client = Client(settings, sleep=lambda seconds: None)
    with pytest.raises(SourceError) as caught:
        client.get("/works", {"filter": "publication_year:2019"})
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + str(caught.value)
    assert KEY not in shown + caplog.text + repr(client) + repr(client._session().auth) + repr(settings)
    assert KEY not in str(caught.value.__dict__)


@pytest.mark.parametrize(
    "error",
    [
        Throttled("slow", retry_after=3, where="w", fix="f"),
        BudgetExhausted("spent", resets_at=NOW, where="w", fix="f"),
        UpstreamTimeout("late", where="w", fix="f"),
    ],
)
def test_errors_survive_the_way_between_processes(error: SourceError) -> None:
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(other) is type(error)
        assert other.__dict__ == error.__dict__
        assert str(other) == str(error)


def test_a_pause_given_as_a_date_counts_from_the_sources_own_clock(
    client: Client, source: Any, answer: Any, pauses: list[float]
) -> None:
    theirs = {"Date": "Wed, 01 Nov 2028 10:00:00 GMT", "Retry-After": "Wed, 01 Nov 2028 10:00:07 GMT"}
    fault = judge(Answer(503, theirs, b"{}"), "here", NOW)
    assert isinstance(fault, Unreachable)
    assert fault.retry_after == 7


@pytest.mark.parametrize("text", ["nan", "inf", "1e400", "soon", "1795651200"])
def test_a_reset_that_cannot_be_is_not_believed(text: str) -> None:
    headers = {"x-ratelimit-limit": "10000", "x-ratelimit-remaining": "9989", "x-ratelimit-reset": text}
    budget = read_budget(headers, NOW)
    assert budget is not None
    assert budget.resets_at == datetime(2026, 11, 24, tzinfo=UTC)
    spent = judge(Answer(429, {"Retry-After": text}, BUDGET.replace(b"41749", b"null")), "here", NOW)
    assert isinstance(spent, BudgetExhausted)
    assert spent.resets_at == datetime(2026, 11, 24, tzinfo=UTC)


def test_a_lost_cursor_is_told_from_other_bad_requests() -> None:
    body = b'{"error":"Pagination error.","message":"Cursor value is invalid."}'
    assert type(judge(Answer(400, {}, body), "here", NOW)) is CursorLost


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b'{"meta":{"count":0},"results":[{"title":"a\x01b"}]}', "a\x01b"),
        (b'{"meta":{"count":0},"results":[{"title":"a\\ud83d"}]}', "a?"),
        (b'{"meta":{"count":0},"results":[{"title":"a\xff"}]}', "a\ufffd"),
        (b'{"meta":{"count":0},"results":[{"title":NaN}]}', None),
    ],
)
def test_json_that_is_not_strict_is_read_all_the_same(
    client: Client, source: Any, answer: Any, body: bytes, title: str | None
) -> None:
    source.faults.append(answer(200, body))
    reply = client.get("/works")
    assert reply.document["results"][0]["title"] == title
    assert reply.requests == 1
