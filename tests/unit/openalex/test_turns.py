"""Of the requests that wait, the one of the window with most left goes first, and none is forgotten."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

from include.openalex.turns import AT_THE_ROW, Demand, Turns


class _Waiting:
    """Threads that ask for a turn, one after the other, and note the order in which they get it."""

    def __init__(self, turns: Turns) -> None:
        self.order: list[float] = []
        self._turns = turns
        self._threads: list[threading.Thread] = []

    def ask(self, pages: float) -> None:
        thread = threading.Thread(target=self._take, args=(pages,))
        thread.start()
        self._threads.append(thread)
        # the place is full: the thread is at its gate when it has entered the heap
        deadline = time.monotonic() + 300
        while len(self._turns._waiting) < len(self._threads) and time.monotonic() < deadline:
            time.sleep(0.001)

    def _take(self, pages: float) -> None:
        with self._turns.turn(Demand(pages)):
            self.order.append(pages)

    def end(self) -> None:
        for thread in self._threads:
            thread.join(timeout=300)
            assert not thread.is_alive()


def test_the_largest_demand_goes_first_and_equals_in_their_order() -> None:
    turns = Turns()
    waiting = _Waiting(turns)
    with ExitStack() as taken:
        for _ in range(AT_THE_ROW - 1):
            taken.enter_context(turns.turn(Demand()))
        with turns.turn(Demand()):
            for pages in (3, 40, 7, 40.5, 7):
                waiting.ask(pages)
        # one place came free, and each that takes it hands it on
        waiting.end()
    assert waiting.order == [40.5, 40, 7, 7, 3]


def test_places_are_given_back_when_a_request_fails() -> None:
    turns = Turns()
    for _ in range(AT_THE_ROW + 1):
        try:
            with turns.turn(Demand(1)):
                raise ValueError
        except ValueError:
            pass
    assert turns.would_be_next(0)


def test_who_would_be_next() -> None:
    turns = Turns()
    waiting = _Waiting(turns)
    assert turns.would_be_next(1), "the row is empty"
    with ExitStack() as taken:
        for _ in range(AT_THE_ROW):
            taken.enter_context(turns.turn(Demand()))
        assert turns.would_be_next(1), "the row is full, and nobody else waits"
        waiting.ask(10)
        assert turns.would_be_next(11)
        assert not turns.would_be_next(10), "the one that waits came first"
    waiting.end()
