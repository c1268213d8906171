"""A receiver of HTTP on loopback that keeps what it is sent: what a server of lineage or of metrics would get."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Sent:
    """One request: its path, its headers in lower case, and its body, unpacked."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Everything that arrived, in order. While `is_away`, it answers 503 and keeps nothing."""

    address: str = ""
    sent: list[Sent] = field(default_factory=list)
    refused: int = 0
    is_away: bool = False


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        """Takes what is posted."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if receiver.is_away:
                receiver.refused += 1
            else:
                headers = {name.lower(): value for name, value in self.headers.items()}
                is_packed = headers.get("content-encoding") == "gzip"
                receiver.sent.append(Sent(self.path, headers, gzip.decompress(body) if is_packed else body))
            self.send_response(503 if receiver.is_away else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        receiver.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield receiver
        finally:
            server.shutdown()
