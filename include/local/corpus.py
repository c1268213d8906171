"""A corpus of this machine: made of recorded works where need be, and served by the sandbox as a service."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import requests

from include.common.errors import EntangledError
from include.local.processes import Services
from include.local.sources import Source
from include.settings import REPOSITORY, Settings


class RecordingError(EntangledError):
    """There is nothing in a recording that can be served. Nothing was started or changed."""


def record(source: Source, say: Callable[[str], None]) -> None:
    """Make the corpus of a recording, unless it is made, and say what became of its files.

    Raises:
        RecordingError: it holds no works.
    """
    if source.recording is None:
        return
    # a process of its own: what it takes to read the files is free again before anything else starts
    arguments = ["record", "--corpus", str(source.recording), "--out", str(source.corpus)]
    ended = subprocess.run(
        [sys.executable, "-m", "include.sandbox", *arguments], cwd=REPOSITORY, capture_output=True, text=True
    )
    if ended.returncode:
        raise RecordingError(ended.stderr.strip().removeprefix("error: "))
    for line in ended.stdout.splitlines():
        say(line)


def serve(settings: Settings, source: Source, services: Services, environment: dict[str, str]) -> None:
    """Start the sandbox on `source.corpus` and wait until it answers."""
    if source.corpus is None:
        return
    arguments = ["serve", "--corpus", str(source.corpus), "--host", settings.bind, "--port", str(settings.sandbox_port)]
    services.start("sandbox", [sys.executable, "-m", "include.sandbox", *arguments], environment)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        services.check()
        if _answers(f"http://{settings.bind}:{settings.sandbox_port}/rate-limit"):
            return
        time.sleep(0.2)
    raise EntangledError("the sandbox does not answer", where=str(services.logs / "sandbox.log"), fix="see its log")


def _answers(url: str) -> bool:
    session = requests.Session()
    session.trust_env = False
    try:
        return session.get(url, timeout=2).status_code < 500
    except requests.RequestException:
        return False
