"""A sandbox in a process of its own, as everybody runs it."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import requests

from include.settings import REPOSITORY


@contextlib.contextmanager
def serving(corpus: Path, *arguments: str) -> Iterator[str]:
    """Serve `corpus` on a free port; yields the base URL and ends the server with SIGTERM, which must be clean."""
    command = [sys.executable, "-m", "include.sandbox", "serve", "--corpus", str(corpus), "--port", "0", *arguments]
    server = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert server.stdout is not None
    assert server.stderr is not None
    try:
        ready = server.stdout.readline()
        found = re.search(r"http://\S+", ready)
        if found is None:
            raise AssertionError(f"the sandbox did not start: {ready}{server.stderr.read()}")
        yield found[0]
    finally:
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=300)
    assert server.returncode == 0, errors


def client() -> requests.Session:
    """A session that ignores proxies."""
    session = requests.Session()
    session.trust_env = False
    return session
