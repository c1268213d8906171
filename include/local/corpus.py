"""Serving a corpus: the sandbox as a service of this machine."""

from __future__ import annotations

import sys
import time

import requests

from include.common.errors import EntangledError
from include.local.processes import Services
from include.local.sources import Source
from include.settings import Settings


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
