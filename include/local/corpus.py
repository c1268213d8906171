"""The corpus that the sandbox serves: generated once, then reused; and the commands that make and serve it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import requests

from include.common.errors import EntangledError
from include.common.files import ensure_dir
from include.local.processes import Services, tail
from include.local.sources import Source
from include.settings import REPOSITORY, Settings


class Generation:
    """A corpus being generated in a child process, while Airflow starts beside it."""

    def __init__(self, settings: Settings, source: Source, services: Services, environment: dict[str, str]) -> None:
        self._corpus = source.corpus
        self._log: Path = ensure_dir(services.logs) / "corpus.log"
        self._child: subprocess.Popen[bytes] | None = None
        # corpus.json is written last: without it the folder is a generation that was killed
        if source.seed is None or self._corpus is None or (self._corpus / "corpus.json").exists():
            return
        command = [sys.executable, "-m", "include.sandbox", "generate", "--out", str(self._corpus)]
        command += ["--seed", str(source.seed), "--scale", f"{source.scale:g}"]
        ensure_dir(settings.sandbox_dir)
        with self._log.open("wb") as out:
            self._child = subprocess.Popen(
                command, cwd=REPOSITORY, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )

    @property
    def is_needed(self) -> bool:
        """Whether a corpus is being generated at all."""
        return self._child is not None

    def wait(self) -> None:
        """Wait for the corpus.

        Raises:
            EntangledError: the generator failed; the message holds the end of its log.
        """
        if self._child is not None and self._child.wait():
            raise EntangledError(
                f"the corpus could not be generated; the log ends:\n{tail(self._log)}",
                where=str(self._log),
                fix="mend what it names, or remove the folder and run the same command again",
            )

    def stop(self) -> None:
        """End the generator if it still runs."""
        if self._child is not None and self._child.poll() is None:
            self._child.kill()
            self._child.wait()


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
