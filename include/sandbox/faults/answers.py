"""Faults of whole answers. The bodies are those of the API, of its gateway, and of proxies on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson

from include.sandbox.faults.exchange import Delivery, Exchange, Fault

_HTML = b"<html><head><title>%s</title></head><body><h1>%s</h1><p>Ray ID: 0000</p></body></html>"


def _answer(status: int, body: dict[str, Any] | bytes, **headers: str) -> Callable[[Exchange, int], None]:
    def spoil(exchange: Exchange, _: int) -> None:
        exchange.status = status
        exchange.body = body if isinstance(body, bytes) else orjson.dumps(body)
        exchange.headers["content-type"] = "text/html" if isinstance(body, bytes) else "application/json"
        exchange.headers.update({name.replace("_", "-"): value for name, value in headers.items()})

    return spoil


def _html(words: str) -> bytes:
    return _HTML % (words.encode(), words.encode())


def _refusal(message: str, retry_after: int) -> dict[str, Any]:
    # in all of them the credits may read 0
    return {
        "error": "Rate limit exceeded",
        "message": message,
        "retryAfter": retry_after,
        "costUsd": 0.0001,
        "dailyRemainingUsd": 0,
        "prepaidRemainingUsd": 0,
        "creditsRequired": 1,
        "creditsRemaining": 0,
        "onetimeCreditsRemaining": 0,
    }


def _another_clock(exchange: Exchange, _: int) -> None:
    """A server whose clock is two years ahead asks for a second's pause, as a date, and gives the reset as an epoch."""
    theirs = datetime.now(UTC) + timedelta(days=730)
    exchange.status = 503
    exchange.body = b"{}"
    exchange.headers.update(
        {
            "date": format_datetime(theirs, usegmt=True),
            "retry-after": format_datetime(theirs + timedelta(seconds=1), usegmt=True),
            "x-ratelimit-reset": str(int(theirs.timestamp())),
        }
    )


def _half(exchange: Exchange, _: int) -> None:
    exchange.body = exchange.body[: len(exchange.body) // 2]


def _no_list(exchange: Exchange, _: int) -> None:
    exchange.body = b'{"meta":null,"results":null,"group_by":null}'


def _sent(delivery: Delivery) -> Callable[[Exchange, int], None]:
    def spoil(exchange: Exchange, _: int) -> None:
        exchange.delivery = delivery

    return spoil


def _is_list(exchange: Exchange) -> bool:
    return exchange.status == 200 and exchange.path.count("/") == 1


ANSWERS = (
    Fault(
        "throttled",
        "429, too many requests a second",
        "retried",
        _answer(429, _refusal("Rate limit exceeded: 30 requests per second. Please slow down.", 1), retry_after="1"),
    ),
    Fault(
        "budget_spent",
        "429, the day's budget is used up",
        "stopped",
        _answer(
            429,
            _refusal(
                "Insufficient budget. This request costs $0.0001 but you only have $0 remaining. Resets at midnight "
                "UTC. Need more? Add funds at https://openalex.org/pricing",
                41749,
            ),
            retry_after="41749",
        ),
        times=1,
    ),
    Fault(
        "plan_required",
        "429, the plan does not allow it",
        "stopped",
        _answer(
            429,
            {
                "error": "Plan upgrade required",
                "message": "This filter requires a Premium, Institutional, or Partner plan. "
                "See https://openalex.org/pricing for details.",
            },
        ),
        times=1,
    ),
    Fault(
        "unauthorised",
        "401, the key is not known",
        "stopped",
        _answer(401, {"error": "Invalid or missing API key", "message": "API key not found"}),
        times=1,
    ),
    Fault("forbidden", "403, an HTML page", "stopped", _answer(403, _html("403 Forbidden")), times=1),
    Fault(
        "not_found",
        "404 for a list",
        "stopped",
        _answer(404, {"error": "Not Found", "message": "The requested URL was not found."}),
        concerns=_is_list,
        times=1,
    ),
    Fault("server_error", "500, JSON", "retried", _answer(500, {"error": "Internal Server Error"})),
    Fault("bad_gateway", "502, an HTML page", "retried", _answer(502, _html("502 Bad Gateway"))),
    Fault("unavailable", "503 with Retry-After", "retried", _answer(503, {}, retry_after="1")),
    Fault(
        "gateway_timeout",
        "504, the query took too long",
        "retried",
        _answer(
            504,
            {
                "error": "Gateway timeout",
                "message": "Your query took too long and was stopped before completing. You were not charged for this "
                "request.",
                "reason": "query_timeout",
            },
        ),
    ),
    Fault("html", "200 with an HTML page", "retried", _answer(200, _html("Just a moment..."))),
    Fault("invalid_json", "200 with JSON that ends in the middle", "retried", _half),
    Fault("no_list", "200 with null in place of the lists", "retried", _no_list, concerns=_is_list),
    Fault("another_clock", "503 from a server whose clock is two years ahead", "retried", _another_clock),
    Fault("reset", "the connection is reset in mid-body", "retried", _sent("reset")),
    Fault("cut", "the connection is closed in mid-body", "retried", _sent("cut")),
    Fault("truncated_gzip", "the gzip stream ends early", "retried", _sent("truncated_gzip")),
    Fault("slow_drip", "the body comes byte by byte", "retried", _sent("drip"), times=1),
    Fault("silence", "no answer at all", "retried", _sent("silent"), times=1),
)
