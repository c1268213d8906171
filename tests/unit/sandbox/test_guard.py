"""Who may steer the sandbox."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from include.sandbox.guard import MOST_BYTES, STEERS, Guard


async def _answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


APP = Guard(Starlette(routes=[Route("/{path:path}", _answer, methods=["GET", "POST", "DELETE"])]))


@pytest.mark.parametrize("address", ["/_faults", "/_limits", "/_stats"])
def test_only_this_machine_steers(address: str) -> None:
    assert address.startswith(STEERS)
    for host, status in {"127.0.0.1": 200, "::1": 200, "192.0.2.7": 404, "::ffff:192.0.2.7": 404}.items():
        caller = TestClient(APP, client=(host, 1))
        assert [caller.request(method, address).status_code for method in ("GET", "POST", "DELETE")] == [status] * 3
        assert caller.get("/works").status_code == 200


def test_a_request_that_steers_is_small_and_says_so() -> None:
    caller = TestClient(APP, client=("127.0.0.1", 1))
    assert caller.post("/_faults", content=b"x" * MOST_BYTES).text == str(MOST_BYTES)
    assert caller.post("/_faults", content=b"x" * (MOST_BYTES + 1)).status_code == 413
    assert caller.post("/_faults", content=iter([b"x"])).status_code == 411
    assert caller.post("/works", content=b"x" * (MOST_BYTES + 1)).status_code == 200
