"""Processes that outlived the service which started them, found by a mark in their environment.

A service that is killed (SIGKILL, out of memory) leaves what it started: six idle workers of a scheduler, 140 MB each,
which no longer hear SIGTERM; the supervisor of a task; dbt, with the warehouse's lock. Their parent is gone and dbt has
a session of its own, so neither the tree of processes nor the session leads to them. What they inherited does: each
service is started with a mark that names it and the register of its home.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import psutil

MARK = "SERVICE_OF_ENTANGLED"
# Airflow gives its processes titles, and setproctitle writes a long title over the environment that others see
_KEEP_ENVIRONMENT = {"SPT_NOENV": "1"}


def marked(environment: dict[str, str], name: str, register: Path) -> dict[str, str]:
    """The environment of the service `name` that `register` lists, and of all that it starts."""
    return {**environment, **_KEEP_ENVIRONMENT, MARK: f"{name}{_of(register)}"}


def processes_of(register: Path) -> list[psutil.Process]:
    """All living processes that services of this register started, the services too; never the caller's own line."""
    own = _own_line()
    found = []
    for process in psutil.process_iter():
        # a process that ends meanwhile, or is somebody else's, is none of ours
        with contextlib.suppress(psutil.Error):
            is_ours = process.environ().get(MARK, "").endswith(_of(register))
            if is_ours and process.pid not in own and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def kill_all(register: Path) -> int:
    """Kill every process of `processes_of`, and what these start meanwhile; returns how many there were.

    At once: who lost its service cannot be asked to stop, and whatever a task does survives a kill. A process that ends
    gives its memory back first, and the mark with it; its port and its locks only when it has ended.
    """
    killed: set[psutil.Process] = set()
    while (found := processes_of(register)) or any(map(lives, killed)):
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
                killed.add(process)
        time.sleep(0.05)
    return len(killed)


def lives(process: psutil.Process) -> bool:
    """Whether it has not ended; one that nobody has waited for (a zombie) has."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _of(register: Path) -> str:
    return f" of {register}"


def _own_line() -> set[int]:
    """This process and those that it was started by."""
    this = psutil.Process()
    return {this.pid, *(parent.pid for parent in this.parents())}
