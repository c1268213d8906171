"""The HTTP side: routes, keys, rate headers, gzip, error bodies; one process on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from include.common.errors import EntangledError
from include.sandbox.catalog import CATALOG, Entity
from include.sandbox.engine import Answer, Engine
from include.sandbox.faults.application import Faulty
from include.sandbox.faults.switchboard import Switchboard
from include.sandbox.guard import Guard
from include.sandbox.limits import Limits, Refused
from include.sandbox.query import BadRequest, PlanRequired, read_list_request, read_select
from include.sandbox.watch import Encoded, PageCache, Watch

# level 1: on loopback the time to compress costs more than the bytes
GZIP_LEVEL = 1
GZIP_FROM_BYTES = 1024


# how the API answers for a merged record: its documentation says each of these somewhere (facts: merged ids)
Merged = Literal["redirect", "other-id", "not-found"]


class _Moved(Exception):
    """The record was merged into another, and the API redirects to that."""


class PortTakenError(EntangledError):
    """Another program listens on the port. Nothing was started."""


@dataclass(frozen=True)
class Serving:
    """How to serve: where, which plan the keys have, how many megabytes of answers to keep as they were sent, and how
    to answer for merged records.
    """

    host: str
    port: int
    paid: bool = False
    page_cache_mb: int = 0
    merged: Merged = "redirect"


class Api:
    """The API over one corpus; beside it `/_stats` (what was asked) and `/_limits` (POST: pace, latency, a new day),
    for callers on this machine (guard.py)."""

    def __init__(self, engine: Engine, limits: Limits, serving: Serving) -> None:
        self._engine, self._limits, self._serving = engine, limits, serving
        self._origin: dict[str, str] = {"X-Entangled-Origin": engine.info.origin}
        self._watch, self._pages = Watch(), PageCache(serving.page_cache_mb)

    def application(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/_stats", self._stats, methods=["GET", "DELETE"]),
            Route("/_limits", self._change_limits, methods=["POST"]),
            self._route("/rate-limit", None),
        ]
        for name, entity in CATALOG.items():
            routes += [self._route(f"/{name}", entity), self._route(f"/{name}/{{identifier:path}}", entity)]
        return Starlette(routes=routes, exception_handlers={404: _not_found})

    def _route(self, path: str, entity: Entity | None) -> Route:
        async def endpoint(request: Request) -> Response:
            arrived = time.monotonic()
            # a gateway refuses on arrival; how long the answer takes then is another matter
            refusal = self._refusal(request, entity)
            if self._limits.latency_ms:
                await asyncio.sleep(self._limits.latency_ms / 1000)
            response = refusal or self._answer(request, entity)
            self._watch.add(arrived, response.status_code, request.query_params.get("cursor"))
            return response

        return Route(path, endpoint, methods=["GET", "HEAD"])

    def _refusal(self, request: Request, entity: Entity | None) -> Response | None:
        try:
            self._limits.check_key(_key(request))
            if entity is not None:
                self._limits.take(_credits(request))
        except Refused as refused:
            headers = {**self._origin, **self._limits.headers(0), **refused.headers}
            return _response(request, refused.status, orjson.dumps(refused.body), headers)
        return None

    def _answer(self, request: Request, entity: Entity | None) -> Response:
        if entity is None:
            return _response(request, 200, orjson.dumps(self._limits.status(_key(request))), self._origin)
        try:
            return self._found(request, entity)
        except BadRequest as fault:
            status, body = 400, orjson.dumps({"error": fault.error, "message": fault.message})
        except PlanRequired as plan:
            # one of the API's three 429s, and the only one without Retry-After
            status = 429
            message = f'The "{plan.asked}" filter requires a Premium, Institutional, or Partner plan.'
            message += " See https://openalex.org/pricing for details."
            body = orjson.dumps({"error": "Plan upgrade required", "message": message})
        except _Moved as moved:
            location = {"Location": str(request.url.replace(path=f"/{entity.name}/{moved}"))}
            return _response(
                request, 301, b"{}", {**self._origin, **self._limits.headers(_credits(request)), **location}
            )
        except LookupError:
            status = 404
            body = orjson.dumps({"error": "Not Found", "message": f"There is nothing at {request.url.path}."})
        return _response(request, status, body, {**self._origin, **self._limits.headers(_credits(request))})

    def _found(self, request: Request, entity: Entity) -> Response:
        url = str(request.url)
        sent = self._pages.get(url, _takes_gzip(request))
        if sent is None:
            identifier, parameters = request.path_params.get("identifier"), dict(request.query_params)
            answer = _find(self._engine, self._serving, entity, identifier, parameters)
            sent = _encoded(request, answer.body)
            self._pages.put(url, _takes_gzip(request), sent)
        return _sent(200, sent, {**self._origin, **self._limits.headers(_credits(request))})

    async def _stats(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._watch.reset()
        return _response(request, 200, orjson.dumps(self._watch.report()), {})

    async def _change_limits(self, request: Request) -> Response:
        try:
            wanted = {str(name): int(value) for name, value in (await request.json()).items()}
        except (ValueError, TypeError, AttributeError):
            return Response('expected {"requests_per_second": 10, "latency_ms": 0, "daily_credits": 10000}', 400)
        self._limits.requests_per_second = wanted.get("requests_per_second", self._limits.requests_per_second)
        self._limits.latency_ms = wanted.get("latency_ms", self._limits.latency_ms)
        if "daily_credits" in wanted:
            self._limits.begin_day(wanted["daily_credits"])
        return Response(status_code=204)


async def _not_found(request: Request, _: Exception) -> Response:
    body = {"error": "Not Found", "message": f"There is nothing at {request.url.path}."}
    return _response(request, 404, orjson.dumps(body), {})


def _find(
    engine: Engine, serving: Serving, entity: Entity, identifier: str | None, parameters: dict[str, str]
) -> Answer:
    if identifier:
        select = read_select(parameters, engine.selectable(entity.name))
        survivor = engine.survivor(entity, identifier)
        if survivor is not None and serving.merged == "redirect":
            raise _Moved(survivor)
        found = engine.single(entity, survivor if survivor and serving.merged == "other-id" else identifier, select)
        if found is None:
            raise LookupError(identifier)
        return found
    request = read_list_request(entity, parameters, engine.selectable(entity.name), paid=serving.paid)
    return engine.groups(entity, request) if request.group_by else engine.page(entity, request)


def _key(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    for name in ("api_key", "api-key"):
        found = request.query_params.get(name) or request.headers.get(name)
        if found:
            return found
    return None


def _credits(request: Request) -> int:
    return 0 if request.path_params.get("identifier") else 1


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def _encoded(request: Request, body: bytes) -> Encoded:
    if not _takes_gzip(request) or len(body) < GZIP_FROM_BYTES:
        return Encoded(body, {})
    squeeze = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31)
    return Encoded(squeeze.compress(body) + squeeze.flush(), {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})


def _sent(status: int, encoded: Encoded, headers: dict[str, str]) -> Response:
    headers = {**headers, **encoded.headers}
    return Response(encoded.body, status_code=status, media_type="application/json", headers=headers)


def _response(request: Request, status: int, body: bytes, headers: dict[str, str]) -> Response:
    return _sent(status, _encoded(request, body), headers)


def _listen(serving: Serving) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((serving.host, serving.port))
    except OSError as error:
        listener.close()
        raise PortTakenError(
            f"port {serving.port} cannot be used: {error.strerror}",
            where=f"{serving.host}:{serving.port}",
            fix="stop what listens there, or choose another: --port <port> (setting ENTANGLED_SANDBOX_PORT)",
        ) from None
    return listener


class _Server(uvicorn.Server):
    """Ends quietly with exit code 0 on SIGTERM and SIGINT; uvicorn would send itself the signal again."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        def stop(*_: Any) -> None:
            self.should_exit = True

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        yield


def serve(engine: Engine, limits: Limits, serving: Serving, switchboard: Switchboard) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises:
        PortTakenError: the port is in use, or not ours to use.
    """
    with contextlib.closing(_listen(serving)) as listener:
        config = uvicorn.Config(
            Guard(Faulty(Api(engine, limits, serving).application(), switchboard)),
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
            server_header=False,
            # a server with another clock is one of the faults, and two dates are none
            date_header=False,
        )
        listener.listen(128)
        host, port = listener.getsockname()[:2]
        print(
            f"sandbox: {engine.info.origin} corpus {engine.info.name}, {engine.works:,} works, http://{host}:{port}",
            flush=True,
        )
        _Server(config).run(sockets=[listener])
