"""On SQLite, Airflow's API server lets one request write at a time.

Without this it can wait for itself (seen with Airflow 3.3.2). One request has begun to write, in a thread, and
commits when the event loop gives it its turn. Another writes its entry of the audit log on the event loop, and waits
there for the first one's commit. Both stand still until SQLite gives up (`database is locked`), and meanwhile the API
answers nobody. Two people who start a run in the same moment are enough, or one while a task reports its state. Other
databases let both write.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class OneWriter:
    """Middleware: a request that may write waits until the one before has ended, with its commit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, when it is its turn."""
        if scope["type"] != "http" or scope["method"] in READING:
            await self._app(scope, receive, send)
            return
        async with self._turn:
            await self._app(scope, receive, send)


class EntangledOneWriter(AirflowPlugin):
    """Where Airflow finds the middleware."""

    name = "entangled_one_writer"
    fastapi_root_middlewares: ClassVar[list[Any]] = (
        [{"middleware": OneWriter, "name": "one writer"}]
        if conf.get("database", "sql_alchemy_conn").startswith("sqlite")
        else []
    )
