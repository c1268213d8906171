"""A receiver of HTTP on loopback that keeps what it is sent: what a server of lineage or of metrics would get."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from include.health.drill.receivers import taking_posts


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

    def take(path: str, headers: dict[str, str], body: bytes) -> bool:
        if receiver.is_away:
            receiver.refused += 1
        else:
            is_packed = headers.get("content-encoding") == "gzip"
            receiver.sent.append(Sent(path, headers, gzip.decompress(body) if is_packed else body))
        return not receiver.is_away

    with taking_posts(take) as place:
        receiver.address = f"http://{place}"
        yield receiver
