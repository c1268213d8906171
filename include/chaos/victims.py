"""Which process of a home is which: services by the register, the others by what they are called."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import psutil

from include.local.leftovers import processes_of
from include.local.processes import read_register
from include.settings import Settings

# Airflow's own titles: the process that runs a task, and the worker that supervises it
_TITLES = {
    "task": re.compile(r"^airflow worker -- [0-9a-f]{8}-"),
    "worker": re.compile(r"^airflow worker -- LocalExecutor: (?!<idle>)"),
    "dbt": re.compile(r"/bin/dbt\b.*\bbuild\b"),
}


def register_of(settings: Settings) -> Path:
    """The register of the services that `make up` starts."""
    return settings.home / "services.json"


def find(settings: Settings, target: str) -> psutil.Process | None:
    """A living process of that kind, the oldest; None when there is none now."""
    if target not in _TITLES:
        entries, _ = read_register(settings)
        return next((process for entry in entries if entry.name == target and (process := entry.process())), None)
    found = [process for process in processes_of(register_of(settings)) if is_a(target, process)]
    return min(found, key=lambda process: process.pid, default=None)


def is_a(target: str, process: psutil.Process) -> bool:
    """Whether the process is one of that kind: task, worker or dbt."""
    return bool(_TITLES[target].search(_title(process)))


def kill(process: psutil.Process) -> None:
    """As the kernel does when memory ends: this process, nothing that it started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


def dead_services(settings: Settings) -> list[str]:
    """Names of the services that were started, not stopped, and have ended."""
    entries, _ = read_register(settings)
    return [entry.name for entry in entries if entry.process() is None]


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
