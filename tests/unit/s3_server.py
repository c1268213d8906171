"""An S3 server on loopback (moto), for tests of what is kept in buckets."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

_PROGRAM = Path(sys.executable).parent / "moto_server"


@contextmanager
def serving_s3() -> Iterator[str]:
    """Its address, while the block runs; it is a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, _PROGRAM, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                requests.get(url, timeout=5)
                break
            except requests.RequestException:  # not listening yet, or busy with its start
                time.sleep(0.1)
        yield url
    finally:
        process.kill()
        process.wait()
