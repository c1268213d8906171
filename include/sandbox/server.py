"""The HTTP side: routes, keys, rate headers, gzip, error bodies; one process on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from include.common.errors import EntangledError
from include.sandbox.catalog import CATALOG, Entity
from include.sandbox.engine import Answer, Engine
from include.sandbox.limits import Limits, Refused
from include.sandbox.query import BadRequest, PlanRequired, read_list_request, read_select

# level 1: on loopback the time to compress costs more than the bytes
GZIP_LEVEL = 1
GZIP_FROM_BYTES = 1024


class PortTakenError(EntangledError):
    """Another program listens on the port. Nothing was started."""


@dataclass(frozen=True)
class Serving:
    """How to serve: where, how slow, and which plan the keys have."""

    host: str
    port: int
    latency_ms: int = 0
    paid: bool = False


def application(engine: Engine, limits: Limits, serving: Serving) -> Starlette:
    """The API over one corpus."""
    origin: dict[str, str] = {"X-Entangled-Origin": engine.info.origin}

    async def answer(request: Request, entity: Entity | None) -> Response:
        if serving.latency_ms:
            await asyncio.sleep(serving.latency_ms / 1000)
        key = _key(request)
        credits = 0
        try:
            limits.check_key(key)
            if entity is None:
                return _response(request, 200, orjson.dumps(limits.status(key)), origin)
            identifier = request.path_params.get("identifier")
            credits = 0 if identifier else 1
            limits.take(credits)
            found = _find(engine, entity, identifier, dict(request.query_params), paid=serving.paid)
            status, body = 200, found.body
        except Refused as refusal:
            status, body = refusal.status, orjson.dumps(refusal.body)
            return _response(request, status, body, {**origin, **limits.headers(0), **refusal.headers})
        except BadRequest as fault:
            status, body = 400, orjson.dumps({"error": fault.error, "message": fault.message})
        except PlanRequired as plan:
            # one of the API's three 429s, and the only one without Retry-After
            status = 429
            message = f'The "{plan.asked}" filter requires a Premium, Institutional, or Partner plan.'
            message += " See https://openalex.org/pricing for details."
            body = orjson.dumps({"error": "Plan upgrade required", "message": message})
        except LookupError:
            status = 404
            body = orjson.dumps({"error": "Not Found", "message": f"There is nothing at {request.url.path}."})
        return _response(request, status, body, {**origin, **limits.headers(credits)})

    def route(path: str, entity: Entity | None) -> Route:
        async def endpoint(request: Request) -> Response:
            return await answer(request, entity)

        return Route(path, endpoint, methods=["GET", "HEAD"])

    routes = [route("/rate-limit", None)]
    for name, entity in CATALOG.items():
        routes += [route(f"/{name}", entity), route(f"/{name}/{{identifier:path}}", entity)]
    return Starlette(routes=routes, exception_handlers={404: _not_found})


async def _not_found(request: Request, _: Exception) -> Response:
    body = {"error": "Not Found", "message": f"There is nothing at {request.url.path}."}
    return _response(request, 404, orjson.dumps(body), {})


def _find(engine: Engine, entity: Entity, identifier: str | None, parameters: dict[str, str], *, paid: bool) -> Answer:
    if identifier:
        select = read_select(parameters, engine.selectable(entity.name))
        found = engine.single(entity, identifier, select)
        if found is None:
            raise LookupError(identifier)
        return found
    request = read_list_request(entity, parameters, engine.selectable(entity.name), paid=paid)
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


def _response(request: Request, status: int, body: bytes, headers: dict[str, str]) -> Response:
    if "gzip" in request.headers.get("accept-encoding", "") and len(body) >= GZIP_FROM_BYTES:
        squeeze = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31)
        body = squeeze.compress(body) + squeeze.flush()
        headers = {**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(body, status_code=status, media_type="application/json", headers=headers)


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


def serve(engine: Engine, limits: Limits, serving: Serving) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises:
        PortTakenError: the port is in use, or not ours to use.
    """
    with contextlib.closing(_listen(serving)) as listener:
        config = uvicorn.Config(
            application(engine, limits, serving),
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
            server_header=False,
        )
        listener.listen(128)
        host, port = listener.getsockname()[:2]
        print(
            f"sandbox: {engine.info.origin} corpus {engine.info.name}, {engine.works:,} works, http://{host}:{port}",
            flush=True,
        )
        _Server(config).run(sockets=[listener])
