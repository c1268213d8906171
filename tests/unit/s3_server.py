"""An S3 server on loopback (moto), for tests of what is kept in buckets."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.shared import free_port

_PROGRAM = Path(sys.executable).parent / "moto_server"


@contextmanager
def serving_s3() -> Iterator[str]:
    """Its address, while the block runs; it is a process of its own."""
    process, url = _started()
    try:
        yield url
    finally:
        process.kill()
        process.wait()


def _started(seconds: float = 300) -> tuple[subprocess.Popen[bytes], str]:
    deadline = time.monotonic() + seconds
    while True:
        port = free_port()
        command = [sys.executable, _PROGRAM, "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}"
        # it ends at once when another process has taken the port meanwhile
        while process.poll() is None:
            try:
                requests.get(url, timeout=5)
                return process, url
            except requests.RequestException:  # not listening yet, or busy with its start
                assert time.monotonic() < deadline, "the S3 server did not start"
                time.sleep(0.1)
        assert time.monotonic() < deadline, "the S3 server ends as soon as it starts"
