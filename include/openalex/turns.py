"""Who asks next: of a process's requests that wait for the shared row, the one of the window with most left to ask.

A window's pages can only be asked for one after the other. So a long window that waits its turn behind short ones is
what remains at the end, alone, with the allowed rate unused; asked for first, all windows end together.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf

# one sleeps until its moment, the next has its own already: the row stays full while threads change over
AT_THE_ROW = 2


@dataclass
class Demand:
    """How many list pages a window still has to ask for, as far as is known; its requests share one object."""

    pages: float = inf


class Turns:
    """Lets `AT_THE_ROW` threads at a time stand in the row, those with the largest demand first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free = AT_THE_ROW
        self._waiting: list[tuple[float, int, threading.Lock]] = []
        self._numbers = itertools.count()

    @contextmanager
    def turn(self, demand: Demand) -> Iterator[None]:
        """Wait for a place in the row, and give it back after the block."""
        self._enter(demand.pages)
        try:
            yield
        finally:
            self._leave()

    def would_be_next(self, pages: float) -> bool:
        """Whether a request of a window with so many pages left would find a place, or the head of those waiting."""
        with self._lock:
            return self._free > 0 or not self._waiting or -self._waiting[0][0] < pages

    def _enter(self, pages: float) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            gate = threading.Lock()
            gate.acquire()
            heapq.heappush(self._waiting, (-pages, next(self._numbers), gate))
        gate.acquire()

    def _leave(self) -> None:
        with self._lock:
            if self._waiting:
                heapq.heappop(self._waiting)[2].release()
            else:
                self._free += 1
