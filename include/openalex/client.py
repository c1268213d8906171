"""The connector: one call to the API, with pace, retries and errors that say what to do.

The key travels in the Authorization header only. It is in no URL, log line, exception or repr.
"""

from __future__ import annotations

import logging
import math
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, TypeVar, cast, get_args

import msgspec
import orjson
import requests
import urllib3
from pydantic import SecretStr
from requests.auth import AuthBase

from include.common.clock import utc_now
from include.common.lax import made_strict
from include.common.progress import format_duration
from include.common.proxies import proxy_for, require_usable_proxy
from include.contracts.batch import DataOrigin
from include.openalex.errors import (
    AnswerTooLarge,
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
from include.openalex.turns import Demand, Turns
from include.settings import Settings

log = logging.getLogger("entangled.openalex")

USER_AGENT = "entangled/0.1 (warehouse of co-publication; requests)"
ORIGIN_HEADER = "X-Entangled-Origin"

ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.5
# a pause longer than this is not slept through: the error goes up, and what is fetched stays
LONGEST_PAUSE_SECONDS = 60.0
CONNECT_SECONDS = 10.0
# a 429 without a readable body: a pause longer than this can only be the day's budget
LONGEST_THROTTLE_SECONDS = 60.0
# of a request that is no part of a window: it is alone, or one of a few
SOLE = Demand()
# what is read of one answer, as sent and unpacked. A hundred works of a hundred authors each are 10 MB; a work of 5,000
# authors, the most that the source keeps, is 5 MB. Anything longer is no page of works
LARGEST_SENT_BYTES = 32 << 20
LARGEST_ANSWER_BYTES = 64 << 20
_CHUNK_BYTES = 1 << 16
_SHOWN_CHARACTERS = 300
# budgets reset daily: a reset further off (an epoch instead of seconds, another clock) is not believed
_LONGEST_RESET_SECONDS = 86_400.0
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])

T = TypeVar("T")

_RETRIED = (Throttled, UpstreamTimeout, MalformedPage, Unreachable)


@dataclass(frozen=True)
class Budget:
    """The day's credits, as the last response said."""

    limit: int
    remaining: int
    resets_at: datetime

    def after(self, earlier: Budget | None) -> Budget:
        """What is known now: answers overtake each other, so within a day the one that leaves least is the latest."""
        if earlier is None or earlier.limit != self.limit or self.resets_at - earlier.resets_at > timedelta(hours=1):
            return self
        return min(self, earlier, key=lambda budget: budget.remaining)


@dataclass(frozen=True)
class Answer:
    """What came back from one request, before anyone judged it. `redirected`: the status of a redirect on the way."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    redirected: int | None = None


@dataclass(frozen=True)
class Reply:
    """A good answer: a JSON object, checked but not built. `requests` counts the attempts that it took.

    A page of a hundred works built as Python objects is ten times its bytes, and building it costs more than all else
    that we do with it. So readers take what they want from `fields`, as bytes, or build `document` when it is small.
    """

    fields: Mapping[str, msgspec.Raw]
    body: bytes
    credits: int
    requests: int
    origin: DataOrigin
    redirected: int | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The whole object, built anew each time."""
        built: dict[str, Any] = orjson.loads(self.body)
        return built


class _BearerKey(AuthBase):
    """Sets the key when the request is sent. As the session's auth it also keeps a .netrc from replacing it."""

    def __init__(self, key: SecretStr | None) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key is not None:
            request.headers["Authorization"] = f"Bearer {self._key.get_secret_value()}"
        return request

    def __repr__(self) -> str:
        return "_BearerKey(***)"


class _Ready(NamedTuple):
    """A request that only waits for its moment."""

    request: requests.PreparedRequest
    options: Mapping[str, Any]
    where: str


class Client:
    """Calls the API. Usable from several threads at once."""

    def __init__(
        self,
        settings: Settings,
        *,
        sleep: Callable[[float], None] = time.sleep,
        limiter: SharedLimiter | None = None,
    ) -> None:
        require_usable_proxy(settings.api_url)
        self._base = settings.api_url
        self._timeout = settings.timeout_seconds
        self._key = settings.api_key
        self._sleep = sleep
        self._limiter = limiter or SharedLimiter(
            settings.locks_dir / "openalex.pace", settings.requests_per_second, sleep=sleep
        )
        self._turns = Turns()
        self._local = threading.local()
        self._telling = threading.Lock()
        self.budget: Budget | None = None

    def __repr__(self) -> str:
        return f"Client({self._base})"

    @property
    def address(self) -> str:
        """Where the source answers."""
        return self._base

    def would_be_next(self, pages: float) -> bool:
        """Whether the first request of a window with so many list pages would go before all others that wait."""
        return self._turns.would_be_next(pages)

    @property
    def interval(self) -> float:
        """Seconds between two requests at the allowed rate."""
        return self._limiter.interval

    def get(self, path: str, params: Mapping[str, str] | None = None, demand: Demand = SOLE) -> Reply:
        """GET `path` and return its JSON object.

        Raises:
            SourceError: one of the types of errors.py, after retries where these make sense.
        """
        return self.read(path, params, lambda reply: reply, demand)

    def read(
        self, path: str, params: Mapping[str, str] | None, reader: Callable[[Reply], T], demand: Demand = SOLE
    ) -> T:
        """GET `path` and return what `reader` makes of it; a `MalformedPage` that it raises is a reason to ask again.

        Of this process's requests those of the largest `demand` go first.

        Raises:
            SourceError: as `get`.
        """
        asked = {name: value for name, value in (params or {}).items() if value}
        # made ready before its moment comes: what begins late comes too close to those after it
        ready = self._made_ready(path, asked)
        for attempt in range(1, ATTEMPTS + 1):
            with self._turns.turn(demand):
                self._limiter.wait()
            try:
                return reader(self._once(ready, path, attempt))
            except _RETRIED as error:
                pause = _pause(attempt, error)
                if attempt == ATTEMPTS or pause > LONGEST_PAUSE_SECONDS:
                    raise
                if isinstance(error, Throttled):
                    self._limiter.slow_down(pause)
                log.warning("%s; trying again in %.1f s (%d of %d)", error.what, pause, attempt, ATTEMPTS - 1)
                self._sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def exchange(self, path: str, params: Mapping[str, str]) -> Answer:
        """One GET, and what came back, whatever it is: nothing is judged and nothing tried again.

        Raises:
            SourceError: no answer came (Unreachable, UpstreamTimeout), or it was cut off (AnswerTooLarge).
        """
        ready = self._made_ready(path, params)
        self._limiter.wait()
        return self._send(ready)

    def _made_ready(self, path: str, params: Mapping[str, str]) -> _Ready:
        where = self._where(path, params)
        session = self._session()
        with self._network_errors(where):
            request = session.prepare_request(requests.Request("GET", f"{self._base}{path}", params=dict(params)))
            return _Ready(request, session.merge_environment_settings(request.url, {}, True, None, None), where)

    def _once(self, ready: _Ready, path: str, attempt: int) -> Reply:
        where = ready.where
        answer = self._send(ready)
        told = read_budget(answer.headers, utc_now())
        if told is not None:
            with self._telling:
                self.budget = told.after(self.budget)
        fault = judge(answer, where, utc_now())
        if fault is not None:
            raise self._without_key(fault) from None
        body = answer.body
        fields = _json_object(body)
        if fields is None and (mended := made_strict(body)) is not None:
            log.warning("the source's answer is no strict JSON; read all the same: %s", where)
            body, fields = mended, _json_object(mended)
        if fields is None:
            raise MalformedPage(
                f"the source answered 200 with something else than a JSON object: {self._shown(answer.body)}",
                where=where,
                fix="run again; if it stays, look at the address in OPENALEX_BASE_URL",
            )
        return Reply(fields, body, _credits(answer.headers, path), attempt, _origin(answer.headers), answer.redirected)

    def _send(self, ready: _Ready) -> Answer:
        """One HTTP exchange, read to its end within the time limit (requests' own limit is between two bytes)."""
        deadline = time.monotonic() + self._timeout
        timeout = min(CONNECT_SECONDS, self._timeout), self._timeout
        with (
            self._network_errors(ready.where),
            self._session().send(ready.request, timeout=timeout, **ready.options) as response,
        ):
            body = bytearray()
            # read1 returns what has come; read waits for a whole chunk, and a slow drip would outlast the limit
            while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
                body += chunk
                if time.monotonic() > deadline:
                    raise requests.ReadTimeout
                if len(body) > LARGEST_ANSWER_BYTES or response.raw.tell() > LARGEST_SENT_BYTES:
                    raise _cut_off(response, ready.where)
            redirected = response.history[0].status_code if response.history else None
            return Answer(response.status_code, response.headers, bytes(body), redirected)

    @contextmanager
    def _network_errors(self, where: str) -> Iterator[None]:
        """Turn what requests raises into the errors of errors.py."""
        try:
            yield
        except (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError):
            raise UpstreamTimeout(
                f"no whole answer within {self._timeout:g} s",
                where=where,
                fix="run again; raise OPENALEX_TIMEOUT_SECONDS if the network is slow",
            ) from None
        except requests.exceptions.InvalidSchema:
            raise BadRequest(
                "the source redirects to an address that is no web address",
                where=where,
                fix="see where the address in OPENALEX_BASE_URL leads",
            ) from None
        except (requests.exceptions.MissingSchema, requests.exceptions.InvalidURL) as error:
            raise BadRequest(
                f"the address cannot be used: {self._shown(str(error).encode())}",
                where=where,
                fix="correct OPENALEX_BASE_URL",
            ) from None
        except (requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError):
            raise MalformedPage(
                "the answer cannot be unpacked: it is not compressed as it says",
                where=where,
                fix="run again; if it stays, look at the address in OPENALEX_BASE_URL and at what stands between",
            ) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            proxy = proxy_for(self._base)
            check = "the proxy settings (HTTPS_PROXY, NO_PROXY)" if proxy else "the network"
            raise Unreachable(
                f"the source cannot be reached{f' through the proxy {proxy.shown}' if proxy else ''}: {_reason(error)}",
                where=where,
                fix=f"check {check} and OPENALEX_BASE_URL (is the sandbox running?), then run again; "
                "what was fetched is kept",
            ) from None

    def _session(self) -> requests.Session:
        # requests does not promise that one session serves several threads
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
            session.auth = _BearerKey(self._key)
            self._local.session = session
        return session

    def _where(self, path: str, params: Mapping[str, str]) -> str:
        text = "&".join(f"{name}={value}" for name, value in params.items())
        return self._shown(f"{self._base}{path}{'?' if text else ''}{text}".encode())

    def _shown(self, text: bytes) -> str:
        """A short piece of what the source said, the key struck out in case the source echoes it."""
        shown = text[: _SHOWN_CHARACTERS * 4].decode("utf-8", "replace")
        if self._key is not None and self._key.get_secret_value():
            shown = shown.replace(self._key.get_secret_value(), "***")
        return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]} ..."

    def _without_key(self, error: SourceError) -> SourceError:
        if self._key is not None and self._key.get_secret_value():
            error.what = error.what.replace(self._key.get_secret_value(), "***")
            error.args = (error.what,)
        return error


def judge(answer: Answer, where: str, now: datetime) -> SourceError | None:
    """The error that an answer means, None for a good one. The three 429s are three different things."""
    if answer.status == 200:
        return None
    body = _error_body(answer.body)
    said = f"{answer.status}: {body.get('message') or body.get('error') or _plain(answer.body) or 'no message'}"
    kind = body.get("error")
    if kind == "Plan upgrade required":
        return PlanRequired(
            f"the source wants a paid plan for this request ({said})",
            where=where,
            fix="set ENTANGLED_STRATEGY to publication_window or auto, or OPENALEX_API_KEY to a key of a paid plan",
        )
    if answer.status == 429:
        return _too_many(answer, body, said, where, now)
    if answer.status in (401, 403):
        return Unauthorised(
            f"the source refuses the key ({said})",
            where=where,
            fix="put a valid OPENALEX_API_KEY into .env (a key is free at openalex.org)",
        )
    if answer.status == 407:
        return Unauthorised(
            f"the proxy on the way to the source wants another log-in ({said})",
            where=where,
            fix="put user and password into the proxy's address: HTTPS_PROXY=http://user:password@host:port",
        )
    if answer.status == 404:
        return NotFound(f"the source does not know this ({said})", where=where, fix="check OPENALEX_BASE_URL")
    if answer.status == 413 or (answer.status >= 500 and "too large" in said.lower()):
        return AnswerTooLarge(
            f"the source refuses to give so much at once ({said})", where=where, fix="run again: it asks for less"
        )
    if answer.status == 504:
        return UpstreamTimeout(f"the query took the source too long ({said})", where=where, fix="run again later")
    if answer.status >= 500:
        return Unreachable(
            f"the source is out of order ({said})",
            retry_after=_retry_after(answer.headers, now) or 0.0,
            where=where,
            fix="run again later; what was fetched is kept",
        )
    if answer.status == 400 and "cursor value is invalid" in said.lower():
        return CursorLost(
            f"the source rejects the cursor ({said})", where=where, fix="run again: the sweep begins anew"
        )
    return BadRequest(
        f"the source does not accept the request ({said})",
        where=where,
        fix="check the scope file; if it is right, the source has changed and the code must follow",
    )


def _cut_off(response: requests.Response, where: str) -> AnswerTooLarge:
    # the rest stays unread, so the connection cannot serve another request
    response.close()
    return AnswerTooLarge(
        f"the answer ({response.status_code}) is longer than {LARGEST_ANSWER_BYTES >> 20} MB, or than "
        f"{LARGEST_SENT_BYTES >> 20} MB as sent; the rest was not read",
        where=where,
        fix="look at what answers at OPENALEX_BASE_URL: no page of works is that long",
    )


def read_budget(headers: Mapping[str, str], now: datetime) -> Budget | None:
    """The budget that an answer's headers state; None when they state none."""
    limit, remaining = _seconds(headers.get("x-ratelimit-limit")), _seconds(headers.get("x-ratelimit-remaining"))
    if limit is None or remaining is None:
        return None
    reset = _seconds(headers.get("x-ratelimit-reset"))
    is_credible = reset is not None and reset <= _LONGEST_RESET_SECONDS
    resets_at = now + timedelta(seconds=reset) if reset is not None and is_credible else _next_midnight(now)
    return Budget(int(limit), int(remaining), resets_at)


def _too_many(
    answer: Answer, body: Mapping[str, Any], said: str, where: str, now: datetime
) -> Throttled | BudgetExhausted:
    header = _retry_after(answer.headers, now)
    retry_after = header if header is not None else _seconds(body.get("retryAfter"))
    message = str(body.get("message") or "")
    per_second = re.search(r"\d+ requests? per second", message) is not None
    # creditsRemaining says nothing here: it may be 0 in a per-second refusal too
    spent = message.startswith("Insufficient budget") or (
        not per_second and (retry_after or 0.0) > LONGEST_THROTTLE_SECONDS
    )
    if spent:
        is_credible = retry_after is not None and retry_after <= _LONGEST_RESET_SECONDS
        resets_at = now + timedelta(seconds=retry_after) if retry_after and is_credible else _next_midnight(now)
        wait = format_duration((resets_at - now).total_seconds())
        return BudgetExhausted(
            f"the day's budget of the source is used up ({said})",
            resets_at=resets_at,
            where=where,
            fix=f"run again after {resets_at:%Y-%m-%d %H:%M} UTC (in {wait}); what was fetched is kept and not "
            "asked for again",
        )
    return Throttled(
        f"the source asks to slow down ({said})",
        retry_after=retry_after if retry_after is not None else 1.0,
        where=where,
        fix="lower OPENALEX_REQUESTS_PER_SECOND, or run again in some minutes; what was fetched is kept",
    )


def _pause(attempt: int, error: SourceError) -> float:
    """Exponential with jitter, never shorter than the source asks for."""
    # not a secret: jitter only keeps workers from coming back together
    backoff = FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)
    return float(max(backoff, getattr(error, "retry_after", 0.0)))


def _error_body(body: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def _json_object(body: bytes) -> dict[str, msgspec.Raw] | None:
    """The fields of the JSON object that `body` is, None when it is anything else. All of it is checked."""
    try:
        fields = _OBJECT.decode(body)
        body.decode()  # msgspec leaves that to whoever reads the strings
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return fields


def _plain(body: bytes) -> str:
    """The words of an HTML or text body, short."""
    text = re.sub(r"<[^>]*>", " ", body[:2000].decode("utf-8", "replace"))
    return " ".join(text.split())[:120]


def _reason(error: Exception) -> str:
    """Why a connection failed, without the URL and the objects that requests puts into its message."""
    text = str(error)
    for pattern in (
        r"(Connection refused)",
        r"(Name or service not known|Temporary failure in name resolution)",
        r"(Network is unreachable)",
        r"(No route to host)",
        r"(Connection reset by peer)",
        r"(certificate verify failed)",
        # what a proxy answers instead of a way to the source
        r"Tunnel connection failed: ([^'\"]*)",
    ):
        found = re.search(pattern, text)
        if found:
            return found.group(1)
    if isinstance(error, requests.ConnectTimeout):
        return "no connection within the time limit"
    if isinstance(error, requests.exceptions.SSLError):
        return "no encrypted connection comes about (an https address of a server that speaks http?)"
    return _innermost(error)


def _innermost(error: BaseException) -> str:
    """The first cause, as Python says it: what lies around it repeats it with addresses of objects."""
    while (inner := next((each for each in error.args if isinstance(each, BaseException)), None)) is not None:
        error = inner
    said = str(error.args[0]) if error.args and isinstance(error.args[0], str) else ""
    return f"{type(error).__name__}{f': {said[:100]}' if said and ' object at 0x' not in said else ''}"


def _credits(headers: Mapping[str, str], path: str) -> int:
    stated = _seconds(headers.get("x-ratelimit-credits-used"))
    if stated is not None:
        return int(stated)
    # single records cost nothing, everything else a credit
    return 0 if path.count("/") > 1 else 1


def _origin(headers: Mapping[str, str]) -> DataOrigin:
    stated = headers.get(ORIGIN_HEADER, "openalex").lower()
    if stated not in get_args(DataOrigin):
        raise MalformedPage(
            f"the source says an unknown origin of its data: {stated}",
            where=ORIGIN_HEADER,
            fix=f"known are {', '.join(get_args(DataOrigin))}",
        )
    return cast(DataOrigin, stated)


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the source asks to wait. A date counts from the source's own clock, which may not be ours."""
    text = headers.get("Retry-After")
    stated = _seconds(text)
    if stated is not None or text is None:
        return stated
    until = _http_date(text)
    return max((until - (_http_date(headers.get("Date", "")) or now)).total_seconds(), 0.0) if until else None


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _seconds(value: object) -> float | None:
    try:
        seconds = float(str(value))
    except ValueError:
        return None
    # `nan` and `inf` are floats too
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _next_midnight(now: datetime) -> datetime:
    return datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
