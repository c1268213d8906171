"""The API server of an Airflow on SQLite lets one request write at a time, and as many read as want to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from plugins.entangled_one_writer import OneWriter


class Counting:
    """An app whose requests last a moment; knows how many were inside at once."""

    def __init__(self) -> None:
        self.inside = 0
        self.most_inside = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Be inside for a moment; a request for /fails ends with an error."""
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        try:
            await asyncio.sleep(0.02)
            if scope.get("path") == "/fails":
                raise RuntimeError("no")
        finally:
            self.inside -= 1


async def _ask(app: OneWriter, *requests: dict[str, str]) -> list[Any]:
    asked: list[Any] = [app(request, None, None) for request in requests]  # type: ignore[arg-type]
    return await asyncio.gather(*asked, return_exceptions=True)


@pytest.mark.parametrize(
    ("method", "most_inside"), [("POST", 1), ("PATCH", 1), ("DELETE", 1), ("PUT", 1), ("GET", 5), ("HEAD", 5)]
)
def test_requests_that_write_wait_for_one_another(method: str, most_inside: int) -> None:
    counting = Counting()
    asyncio.run(_ask(OneWriter(counting), *[{"type": "http", "method": method}] * 5))
    assert counting.most_inside == most_inside


def test_one_that_fails_lets_the_next_in() -> None:
    counting = Counting()
    failing = {"type": "http", "method": "POST", "path": "/fails"}
    ended = asyncio.run(_ask(OneWriter(counting), failing, failing, {"type": "lifespan"}))
    assert [type(one) for one in ended] == [RuntimeError, RuntimeError, type(None)]
