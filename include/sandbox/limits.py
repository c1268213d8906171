"""Keys, requests a second and the day's budget, with the API's own headers and bodies."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from include.common.clock import utc_now

CREDIT_USD = 0.0001


class Refused(Exception):
    """A refusal: status, body and headers."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(body.get("message", ""))
        self.status, self.body, self.headers = status, body, headers or {}


def seconds_to_midnight() -> int:
    """Seconds until the budget resets: midnight UTC."""
    now = utc_now()
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(1, round((midnight - now).total_seconds()))


def _usd(credits: int) -> float:
    return round(credits * CREDIT_USD, 4)


@dataclass
class Limits:
    """What this server allows, and how long it takes. `requests_per_second` 0: any number; `key` None: any, or none."""

    daily_credits: int
    requests_per_second: int = 0
    key: str | None = None
    latency_ms: int = 0
    _used: int = 0
    _day: str = ""
    _recent: deque[float] = field(default_factory=deque)

    @property
    def remaining(self) -> int:
        """Credits left today."""
        return max(0, self.daily_credits - self._used)

    def begin_day(self, credits: int) -> None:
        """A new day with so many credits."""
        self.daily_credits, self._day = credits, ""

    def check_key(self, given: str | None) -> None:
        """Raises Refused (401) when the server asks for a key and this is not it."""
        if self.key is not None and given != self.key:
            raise Refused(401, {"error": "Invalid or missing API key", "message": "API key not found"})

    def take(self, credits: int) -> None:
        """Charge one request.

        Raises:
            Refused: 429, too many requests in this second, or the day's budget is used up.
        """
        self._new_day()
        self._check_rate()
        if credits > self.remaining:
            left = f"{_usd(self.remaining):g}"
            message = (
                f"Insufficient budget. This request costs ${_usd(credits):g} but you only have ${left} remaining. "
                "Resets at midnight UTC. Need more? Add funds at https://openalex.org/pricing"
            )
            self._refuse(message, seconds_to_midnight(), credits)
        self._used += credits

    def _new_day(self) -> None:
        today = utc_now().date().isoformat()
        if today != self._day:
            self._day, self._used = today, 0

    def _check_rate(self) -> None:
        if not self.requests_per_second:
            return
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= self.requests_per_second:
            message = f"Rate limit exceeded: {self.requests_per_second} requests per second. Please slow down."
            self._refuse(message, 1, 1)
        self._recent.append(now)

    def _refuse(self, message: str, retry_after: int, credits: int) -> None:
        body = {
            "error": "Rate limit exceeded",
            "message": message,
            "retryAfter": retry_after,
            "costUsd": _usd(credits),
            "dailyRemainingUsd": _usd(self.remaining),
            "prepaidRemainingUsd": 0,
            "creditsRequired": credits,
            "creditsRemaining": self.remaining,
            "onetimeCreditsRemaining": 0,
        }
        headers = {
            "Retry-After": str(retry_after),
            "X-RateLimit-Credits-Required": str(credits),
            "X-RateLimit-Cost-Required-USD": f"{_usd(credits):g}",
        }
        raise Refused(429, body, headers)

    def headers(self, credits: int) -> dict[str, str]:
        """The rate headers of a response that cost `credits`."""
        return {
            "x-ratelimit-limit": str(self.daily_credits),
            "x-ratelimit-limit-usd": f"{_usd(self.daily_credits):g}",
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-remaining-usd": f"{_usd(self.remaining):g}",
            "x-ratelimit-credits-used": str(credits),
            "x-ratelimit-cost-usd": f"{_usd(credits):g}",
            "x-ratelimit-onetime-remaining": "0",
            "x-ratelimit-prepaid-remaining-usd": "0",
            "x-ratelimit-reset": str(seconds_to_midnight()),
        }

    def status(self, key: str | None) -> dict[str, Any]:
        """The body of /rate-limit."""
        self._new_day()
        seconds = seconds_to_midnight()
        resets = (utc_now() + timedelta(days=1)).strftime("%Y-%m-%dT00:00:00.000Z")
        return {
            "api_key": f"{key[:3]}...{key[-3:]}" if key else None,
            "is_grandfathered": False,
            "rate_limit": {
                "daily_budget_usd": _usd(self.daily_credits),
                "daily_used_usd": _usd(self._used),
                "daily_remaining_usd": _usd(self.remaining),
                "prepaid_balance_usd": 0,
                "prepaid_remaining_usd": 0,
                "prepaid_expires_at": None,
                "resets_at": resets,
                "resets_in_seconds": seconds,
                "endpoint_costs_usd": {
                    "singleton": 0, "list": 0.0001, "search": 0.001, "content": 0.01, "semantic": 0.001, "text": 0.01,
                },
                "credits_limit": self.daily_credits,
                "credits_used": self._used,
                "credits_remaining": self.remaining,
                "onetime_credits_balance": 0,
                "onetime_credits_remaining": 0,
                "onetime_credits_expires_at": None,
                "credit_costs": {"singleton": 0, "list": 1, "search": 10, "content": 100, "semantic": 10, "text": 100},
            },
        }  # fmt: skip
