"""Who may steer the sandbox: callers on this machine, with few bytes."""

from __future__ import annotations

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# addresses that begin so steer it: /_faults, /_limits, /_stats
STEERS = "/_"
MOST_BYTES = 64 * 1024
_LOOPBACK = ("127.0.0.1", "::1")


class Guard:
    """`app`, whose steering addresses are not there for others, and take no more than MOST_BYTES."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        refusal = _refusal(scope) if scope["type"] == "http" and scope["path"].startswith(STEERS) else None
        await (refusal or self._app)(scope, receive, send)


def _refusal(scope: Scope) -> PlainTextResponse | None:
    if (scope.get("client") or ("",))[0] not in _LOOPBACK:
        return PlainTextResponse("Not Found\n", 404)
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return PlainTextResponse("a request that steers the sandbox says how long it is\n", 411)
    # the server below holds the body against this
    if int(headers.get(b"content-length", b"0")) > MOST_BYTES:
        return PlainTextResponse(f"a request that steers the sandbox has at most {MOST_BYTES:,} bytes\n", 413)
    return None
