"""One pace for all workers of a home: the next free moment for a request stands in a small locked file.

Threads and processes reserve a moment under the lock (some ten microseconds) and sleep outside of it, so a burst of
workers comes out as an even row. The clock is the wall clock, the only one that processes share after a restart; a
moment that lies absurdly far ahead (the clock was set back) is not believed.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path

from include.common.files import ensure_dir, storage_errors

# the longest pause that the client lets the source impose; a moment further ahead was written under another clock
FURTHEST_AHEAD_SECONDS = 120.0
_MOMENT = struct.Struct("<d")


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
        self._interval = 1.0 / per_second
        self._clock, self._sleep = clock, sleep
        ensure_dir(file.parent)

    def wait(self) -> float:
        """Wait for the next free moment and take it. Returns the seconds waited."""
        pause = self._reserve(self._interval)
        if pause > 0:
            self._sleep(pause)
        return pause

    def slow_down(self, seconds: float) -> None:
        """The source asked for a pause: nobody starts a request within `seconds` from now."""
        with self._locked() as handle:
            free_at = max(self._read(handle), self._clock() + min(seconds, FURTHEST_AHEAD_SECONDS))
            self._write(handle, free_at)

    def _reserve(self, interval: float) -> float:
        with self._locked() as handle:
            now = self._clock()
            free_at = max(self._read(handle), now)
            self._write(handle, free_at + interval)
        return free_at - now

    def _locked(self) -> _Locked:
        return _Locked(self._file)

    def _read(self, handle: int) -> float:
        data = os.pread(handle, _MOMENT.size, 0)
        if len(data) < _MOMENT.size:
            return 0.0
        moment = float(_MOMENT.unpack(data)[0])
        return moment if moment - self._clock() <= FURTHEST_AHEAD_SECONDS else 0.0

    def _write(self, handle: int, moment: float) -> None:
        os.pwrite(handle, _MOMENT.pack(moment), 0)


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
