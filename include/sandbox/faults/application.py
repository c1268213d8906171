"""The ASGI application around the API: passes everything through until a fault is on, and serves `/_faults`.

    GET /_faults      the catalogue, what is on, what was struck
    POST /_faults     {"on": ["throttled:times=3", "odd_text"]}: these, and no others
    DELETE /_faults   none

Only for callers on this machine (guard.py).
"""

from __future__ import annotations

from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.sandbox.faults.delivery import deliver
from include.sandbox.faults.exchange import Exchange
from include.sandbox.faults.switchboard import Switchboard, UnknownFault

CONTROL = "/_faults"


class Faulty:
    """`api`, with the faults of `switchboard`."""

    def __init__(self, api: ASGIApp, switchboard: Switchboard) -> None:
        self._api, self._switchboard = api, switchboard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"] == CONTROL:
            await (await self._control(Request(scope, receive)))(scope, receive, send)
        elif scope["type"] != "http" or not self._switchboard or scope["path"].startswith("/_"):
            await self._api(scope, receive, send)
        else:
            await self._spoilt(scope, receive, send)

    async def _control(self, request: Request) -> Response:
        try:
            if request.method == "DELETE":
                self._switchboard.switch([])
            elif request.method == "POST":
                self._switchboard.switch([str(name) for name in (await request.json())["on"]])
        except UnknownFault as error:
            return Response(str(error), status_code=400)
        except (ValueError, KeyError, TypeError):
            return Response('expected {"on": ["name", ...]}', status_code=400)
        return Response(orjson.dumps(self._switchboard.report()), media_type="application/json")

    async def _spoilt(self, scope: Scope, receive: Receive, send: Send) -> None:
        takes_gzip = any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        exchange = Exchange(
            path=scope["path"],
            parameters=dict(parse_qsl(scope["query_string"].decode("latin-1"))),
            status=0,
            headers={},
            body=b"",
        )

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                exchange.headers = {
                    name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]
                }
            else:
                exchange.body += message.get("body", b"")

        await self._api({**scope, "headers": plain}, receive, keep)
        self._switchboard.apply(exchange)
        await deliver(exchange, receive, send, takes_gzip=takes_gzip)
