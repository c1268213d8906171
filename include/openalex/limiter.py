"""One pace for all workers of a home: the next free moment for a request stands in a small locked file.

Threads and processes reserve a moment under the lock (some ten microseconds) and sleep outside of it, so a burst of
workers comes out as an even row. The clock is the wall clock, the only one that processes share after a restart; a
moment that lies absurdly far ahead (the clock was set back) is not believed.

The source counts the requests of any second, not ours of an even one: a request that starts late comes close to those
after it. So the row is a little slower than allowed, and a worker that wakes up later than that slack makes up for it
moves all moments after its own.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from include.common.files import ensure_dir, storage_errors

# the longest pause that the client lets the source impose; a moment further ahead was written under another clock
FURTHEST_AHEAD_SECONDS = 120.0
# of the allowed rate: what is missing makes 36 ms of slack in any second, for late starts and for the way to the source
PACE_SHARE = 0.965
LATE_SECONDS = 0.01
# the next free moment, and by how much moments were ever moved
_STATE = struct.Struct("<dd")


class _State(NamedTuple):
    free_at: float = 0.0
    moved: float = 0.0


class SharedLimiter:
    """At most `per_second` requests a second, over everyone who uses the same `file`."""

    def __init__(
        self,
        file: Path,
        per_second: float,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._file = file
        self.interval = 1.0 / (per_second * PACE_SHARE)
        self._clock, self._sleep = clock, sleep
        ensure_dir(file.parent)

    def wait(self) -> float:
        """Wait for the next free moment and take it. Returns the seconds waited."""
        with self._locked() as handle:
            now, state = self._clock(), self._read(handle)
            moment = max(state.free_at, now)
            self._write(handle, _State(moment + self.interval, state.moved))
        if moment > now:
            self._sleep(moment - now)
            self._make_up_for(self._clock() - moment - LATE_SECONDS, state.moved)
        return moment - now

    def slow_down(self, seconds: float) -> None:
        """The source asked for a pause: nobody starts a request within `seconds` from now."""
        with self._locked() as handle:
            state = self._read(handle)
            free_at = max(state.free_at, self._clock() + min(seconds, FURTHEST_AHEAD_SECONDS))
            self._write(handle, _State(free_at, state.moved))

    def _make_up_for(self, late: float, moved_before: float) -> None:
        if late <= 0:
            return
        with self._locked() as handle:
            state = self._read(handle)
            # others that were late in the same moment have moved the row already
            missing = late - (state.moved - moved_before)
            if missing > 0:
                self._write(handle, _State(state.free_at + missing, state.moved + missing))

    def _locked(self) -> _Locked:
        return _Locked(self._file)

    def _read(self, handle: int) -> _State:
        data = os.pread(handle, _STATE.size, 0)
        if len(data) < _STATE.size:
            return _State()
        state = _State(*_STATE.unpack(data))
        return state if state.free_at - self._clock() <= FURTHEST_AHEAD_SECONDS else _State()

    def _write(self, handle: int, state: _State) -> None:
        os.pwrite(handle, _STATE.pack(*state), 0)


class _Locked:
    """The open file under an exclusive lock; the kernel lets go of it when the process dies."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._handle = -1

    def __enter__(self) -> int:
        with storage_errors(self._file):
            self._handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        return self._handle

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)
