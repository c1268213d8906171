"""How an answer is sent: whole, or in one of the ways in which a network fails.

These need the connection itself: uvicorn hands the application a bound method to send with, and its owner knows the
transport.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import zlib
from typing import Any

from starlette.types import Receive, Send

from include.sandbox.faults.exchange import Exchange

# longer than any time limit that a test sets; the client should be gone by then
_PATIENCE_SECONDS = 120.0
_DROP_SECONDS = 0.05
# the client has the beginning before the connection breaks
_HEAD_START_SECONDS = 0.02


async def deliver(exchange: Exchange, receive: Receive, send: Send, *, takes_gzip: bool) -> None:
    """Send the answer in the way of `exchange.delivery`."""
    body = exchange.body
    headers = {name: value for name, value in exchange.headers.items() if name not in ("content-length", "vary")}
    # real answers are compressed; a short one would hide the fault
    if takes_gzip and (len(body) > 1024 or exchange.delivery == "truncated_gzip"):
        squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)
        body = squeeze.compress(body) + squeeze.flush()
        headers["content-encoding"] = "gzip"
    if exchange.delivery == "truncated_gzip":
        body = body[: len(body) // 2]
    if exchange.delivery == "silent":
        await _until_gone(receive)
        return
    headers["content-length"] = str(len(body))
    await send(
        {
            "type": "http.response.start",
            "status": exchange.status,
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        }
    )
    if exchange.delivery in ("reset", "cut"):
        await _send(send, body[: len(body) // 2], more=True)
        await asyncio.sleep(_HEAD_START_SECONDS)
        _break_off(send, with_reset=exchange.delivery == "reset")
        await _until_gone(receive)
    elif exchange.delivery == "drip":
        gone = asyncio.ensure_future(_until_gone(receive))
        for place in range(len(body) - 1):
            await _send(send, body[place : place + 1], more=True)
            done, _ = await asyncio.wait({gone}, timeout=_DROP_SECONDS)
            if done:
                return
        gone.cancel()
        await _send(send, body[-1:], more=False)
    else:
        await _send(send, body, more=False)


async def _send(send: Send, body: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


def _break_off(send: Send, *, with_reset: bool) -> None:
    transport: Any = send.__self__.transport  # type: ignore[attr-defined]
    if with_reset:
        # no linger: the kernel answers with RST instead of FIN
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _until_gone(receive: Receive) -> None:
    """Until the client hangs up, or nobody can be waiting any more."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(gone(), _PATIENCE_SECONDS)
    except TimeoutError:
        return
