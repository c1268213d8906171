"""A clock that can be set while Airflow runs: Debian's libfaketime, loaded into every process of a home."""

from __future__ import annotations

import os
from pathlib import Path

from include.common.errors import EntangledError
from include.common.files import write_atomic
from include.settings import REPOSITORY

_LIBRARY = "libfaketimeMT.so.1"


class Clock:
    """The clock of the processes whose environment holds `variables`."""

    def __init__(self, folder: Path) -> None:
        """Find the library.

        Raises:
            EntangledError: it is not installed.
        """
        found = sorted(Path("/usr/lib").glob(f"*/faketime/{_LIBRARY}"))
        if not found:
            raise EntangledError(
                "the clock cannot be set: libfaketime is missing", fix="apt-get install libfaketime (Debian, Ubuntu)"
            )
        self._file = folder / "clock.set"
        self.variables = {
            "LD_PRELOAD": str(found[0]),
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent / "sleeping"), str(REPOSITORY)]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            # seconds after which a process sees that the clock was set
            "FAKETIME_CACHE_DURATION": "1",
            # as of a machine whose clock is set: waits last as long as they do, and files have the times of their disk
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            "FAKETIME_DISABLE_SHM": "1",
        }
        self.set(0)

    def set(self, seconds: int) -> None:
        """Set it so far on, below 0 back, from the machine's."""
        write_atomic(self._file, f"{seconds:+d}\n")
