"""What a disturbed run has left behind when it is mended: processes, locks, unfinished files and folders."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import timedelta

import filelock
import psutil

from include.chaos.victims import register_of
from include.common.clock import utc_now
from include.local.leftovers import processes_of
from include.local.processes import read_register
from include.maintenance import clean_up
from include.raw_zone import verify
from include.settings import Settings

# tasks and callbacks are still ending when the last run of a flow has ended
_PATIENCE_SECONDS = 15
# working state of Airflow and of the corpus is not ours to judge
_FOREIGN = ("airflow", "sandbox", "dbt")
_UNFINISHED = (".tmp", ".removed", ".new", ".open")


def remains(settings: Settings) -> list[str]:
    """What lies about in a home whose services run and whose flows rest, in words; empty when all is tidy.

    What killed processes have left aside, `maintain` removes when it is a day old; here that day has passed.
    """
    clean_up(settings, now=utc_now() + timedelta(days=2))
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (found := list(_remains(settings))) and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


def _remains(settings: Settings) -> Iterator[str]:
    yield from _orphans(settings)
    for file in sorted(settings.locks_dir.glob("*.lock")):
        lock = filelock.FileLock(file, timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            yield f"lock {file.name} is held"
        else:
            lock.release()
    report = verify(settings)
    yield from report.problems
    yield from (f"unfinished: {entry}" for entry in report.in_progress)
    for top in settings.home.iterdir():
        if top.name not in _FOREIGN and top.is_dir():
            yield from (
                f"unfinished: {entry.relative_to(settings.home)}"
                for entry in top.rglob(".*")
                if entry.name.endswith(_UNFINISHED) or entry.name.startswith(".batch=")
            )
    for folder in (settings.home / "tmp", settings.progress_dir):
        if folder.is_dir():
            yield from (f"left: {entry.relative_to(settings.home)}" for entry in folder.iterdir())


def _orphans(settings: Settings) -> Iterator[str]:
    """Processes of this home that no running service is responsible for."""
    entries, _ = read_register(settings)
    known: set[int] = set()
    for service in (process for entry in entries if (process := entry.process())):
        with contextlib.suppress(psutil.Error):
            known |= {service.pid, *(child.pid for child in service.children(recursive=True))}
    for process in processes_of(register_of(settings)):
        if process.pid not in known:
            with contextlib.suppress(psutil.Error):
                yield f"process {process.pid}: {' '.join(process.cmdline())[:80]}"
