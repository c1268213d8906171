"""Progress that people can read and programs can follow: records, rate, ETA.

A step says how far it is; every two seconds a line goes to the log, and a small file in `progress/` holds the same, so
that another process (`make demo`, the UI's notes) can show it live. The file goes when the step ends.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import time
from pathlib import Path
from types import TracebackType

log = logging.getLogger("entangled")


def format_duration(seconds: float) -> str:
    """`75.2` -> `1 min 15 s`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class Progress:
    """How far one step is: `with Progress("extract", "works 2019", total=9000, unit="records", ...) as it: it.add(9)`.

    `folder` is `settings.progress_dir`, or None to write no file; `every` is seconds between two lines.
    """

    def __init__(
        self, stage: str, name: str, *, total: int | None, unit: str, folder: Path | None, every: float = 2.0
    ) -> None:
        self.stage, self.name, self.total, self.unit = stage, name, total, unit
        self.done = 0
        self._every = every
        self._started = time.monotonic()
        self._told = self._started
        slug = re.sub(r"[^A-Za-z0-9]+", "-", f"{stage}-{name}").strip("-").lower()
        self._file = folder / f"{slug}.json" if folder else None

    def __enter__(self) -> Progress:
        self._write()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            with contextlib.suppress(OSError):
                self._file.unlink()
        if kind is None:
            log.info(self.line(final=True))

    def add(self, count: int) -> None:
        """`count` more units are done."""
        self.done += count
        now = time.monotonic()
        if now - self._told >= self._every:
            self._told = now
            log.info(self.line())
            self._write()

    def line(self, *, final: bool = False) -> str:
        """`extract works 2019: 3,400 of 9,000 records, 812/s, ETA 7 s`."""
        seconds = max(time.monotonic() - self._started, 1e-6)
        rate = self.done / seconds
        amount = f"{self.done:,}" + (f" of {self.total:,}" if self.total is not None else "") + f" {self.unit}"
        text = f"{self.stage} {self.name}: {amount}, {rate:,.0f}/s"
        if final:
            return f"{text}, done in {format_duration(seconds)}"
        if self.total and rate > 0:
            text += f", ETA {format_duration(max(self.total - self.done, 0) / rate)}"
        return text

    def _write(self) -> None:
        # advisory: a full disk must stop the step where it writes data, not here
        if self._file is None:
            return
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            aside = self._file.with_name(f".{self._file.name}.{os.getpid()}.tmp")
            aside.write_text(
                json.dumps(
                    {
                        "stage": self.stage,
                        "name": self.name,
                        "done": self.done,
                        "total": self.total,
                        "unit": self.unit,
                        "seconds": round(time.monotonic() - self._started, 1),
                        "line": self.line(),
                    }
                )
            )
            aside.replace(self._file)
