"""Receivers on loopback that proofs and tests send to: a real mail server, a receiver of webhooks, and of any POST."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Message:
    """What arrived: by which way, and its title and text."""

    way: str
    title: str
    text: str

    @property
    def cause(self) -> str:
        """The cause that it names."""
        line = next(line for line in self.text.splitlines() if line.startswith("cause: "))
        return line.removeprefix("cause: ").partition(";")[0]

    @property
    def is_over(self) -> bool:
        """Whether it says that something is over."""
        return self.title.startswith("entangled: over: ")


@dataclass
class Received:
    """Everything that a receiver took, in order. While `is_away`, it takes nothing."""

    address: str = ""
    messages: list[Message] = field(default_factory=list)
    refused: int = 0
    is_away: bool = False


@contextmanager
def taking_posts(take: Callable[[str, dict[str, str], bytes], bool]) -> Iterator[str]:
    """A server of HTTP on a free port. `take` gets path, headers (in lower case) and body of each POST, and says if
    the answer is 200, or 503. Yields host and port."""

    class Handler(BaseHTTPRequestHandler):
        """Hands over what is posted."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_taken = take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(200 if is_taken else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@contextmanager
def webhook() -> Iterator[Received]:
    """A receiver of JSON over HTTP, as chats and pagers have; away, it answers 503."""
    received = Received()

    def take(path: str, headers: dict[str, str], body: bytes) -> bool:
        told = json.loads(body)
        if received.is_away:
            received.refused += 1
        else:
            received.messages.append(Message("webhook", told["title"], told["message"]))
        return not received.is_away

    with taking_posts(take) as place:
        received.address = f"json://somebody:a-hidden-word@{place}/a-hidden-path"
        yield received


@contextmanager
def mail_server() -> Iterator[Received]:
    """An SMTP server that takes mail for anybody; away, it says so with 451."""
    # a development dependency, and nothing else here needs it
    from aiosmtpd.controller import Controller

    received = Received()

    class Handler:
        """Takes one letter after the other."""

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            if received.is_away:
                received.refused += 1
                return "451 come back later"
            letter = message_from_bytes(envelope.content, policy=policy.default)
            body = letter.get_body(("plain",))
            text = body.get_content() if body is not None else ""
            received.messages.append(Message("mail", str(letter["subject"]), text.replace("\r\n", "\n").strip()))
            return "250 taken"

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    received.address = f"mailto://127.0.0.1:{port}/?from=entangled@example.com&to=engineer@example.com"
    try:
        yield received
    finally:
        controller.stop()
