"""What the server saw, for benchmarks: when requests came, and how they were answered."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MOST_KEPT = 100_000


class Seen(NamedTuple):
    """One request: monotonic seconds of its arrival, the status of its answer, and its cursor (None: no list page)."""

    at: float
    status: int
    cursor: str | None


@dataclass
class Watch:
    """The latest requests, since the server started or was last reset."""

    _seen: deque[Seen] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))

    def add(self, at: float, status: int, cursor: str | None) -> None:
        """Remember one."""
        self._seen.append(Seen(at, status, cursor))

    def reset(self) -> None:
        """Forget them all."""
        self._seen.clear()

    def report(self) -> list[dict[str, Any]]:
        """The body of /_stats: every request in order of its answer."""
        return [seen._asdict() for seen in self._seen]


class Encoded(NamedTuple):
    """A body as it goes over the wire, and the headers that say how it is encoded."""

    body: bytes
    headers: dict[str, str]


class PageCache:
    """Answers as they were sent, so that what a benchmark measures is not our rendering. The oldest go first."""

    def __init__(self, megabytes: int) -> None:
        self._most_bytes = megabytes * 1_000_000
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, bool], Encoded] = OrderedDict()

    def get(self, url: str, takes_gzip: bool) -> Encoded | None:
        """The answer to this URL, if it is kept."""
        return self._kept.get((url, takes_gzip))

    def put(self, url: str, takes_gzip: bool, answer: Encoded) -> None:
        """Keep an answer. A corpus never changes while it is served, so it stays right."""
        self._kept[(url, takes_gzip)] = answer
        self._bytes += len(answer.body)
        while self._bytes > self._most_bytes:
            self._bytes -= len(self._kept.popitem(last=False)[1].body)
