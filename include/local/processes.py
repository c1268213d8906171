"""Child processes that never outlive their purpose.

Each service is started in a session of its own, so that Ctrl-C in the terminal reaches the driver only, and is written
to a register (`<home>/services.json`) before anything else happens: even after `kill -9` of the driver, the next
command finds what was left and ends it. Airflow's tasks run in process groups of their own, so stopping follows the
tree of descendants rather than groups. What lost its parents, because a service was killed, is found by a mark in its
environment (leftovers.py).
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Literal

import psutil

from include.common.errors import EntangledError
from include.common.files import ensure_dir, write_atomic
from include.local import leftovers
from include.settings import REPOSITORY, Settings

Mode = Literal["attached", "detached"]

# SQLite and DuckDB survive a kill; nobody should wait long for a scheduler that finishes its loop
PATIENCE_SECONDS = 8.0


class ServiceError(EntangledError):
    """A service ended although it should run. What else was started is stopped."""


@dataclass(frozen=True)
class Entry:
    """One started process; `created` tells it from a later process with the same number."""

    name: str
    pid: int
    created: float
    log: str

    def process(self) -> psutil.Process | None:
        """The process, or None when it has ended."""
        try:
            process = psutil.Process(self.pid)
            alive = abs(process.create_time() - self.created) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return None
        return process if alive else None


class Job:
    """A command that ends by itself, run in a child process beside others; `stop` it when waiting is over."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], logs: Path) -> None:
        self._name = name
        self._log = ensure_dir(logs) / f"{name}.log"
        with self._log.open("wb") as out:
            self._child = subprocess.Popen(
                command, cwd=REPOSITORY, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )

    def wait(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Wait until it has done its work, and do something `meanwhile`, again and again.

        Raises:
            ServiceError: it failed; the message holds the end of its log.
        """
        while self._child.poll() is None:
            meanwhile()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout=0.5)
        if self._child.returncode:
            raise ServiceError(
                f"{self._name} failed; its log ends:\n{tail(self._log)}",
                where=str(self._log),
                fix="mend what the log names and run the same command again",
            )

    def stop(self) -> None:
        """End it if it still runs."""
        if self._child.poll() is None:
            with contextlib.suppress(psutil.Error):
                _stop_tree([psutil.Process(self._child.pid)])
            self._child.wait()


class Services:
    """The started services of one home. As a context manager it stops them when the block ends, however it ends.

    `place`: the folder of services that are started and stopped apart from Airflow's, with a register of their own.
    """

    def __init__(self, settings: Settings, mode: Mode = "attached", place: Path | None = None) -> None:
        self._file = _register(settings, place)
        self._mode: Mode = mode
        self._entries: list[Entry] = []
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self.logs = (place or settings.airflow_home) / "services"

    def __enter__(self) -> Services:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # a detached start that went well is the one case where the services shall stay
        if self._mode == "attached" or kind is not None:
            self.stop()

    def start(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        """Start `command`; its output goes to `services/<name>.log` of Airflow's home or of `place`."""
        log = ensure_dir(self.logs) / f"{name}.log"
        # a Ctrl-C between the start and the register would leave a process that nobody knows of
        with log.open("wb") as out, _signals_after():
            child = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env=leftovers.marked(environment, name, self._file),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._children[child.pid] = child
            try:
                created = psutil.Process(child.pid).create_time()
            except psutil.Error:
                created = time.time()
            self._entries.append(Entry(name, child.pid, created, str(log)))
            self._save()

    def check(self) -> None:
        """Raise when a service has ended.

        Raises:
            ServiceError: with the end of that service's log.
        """
        for entry in self._entries:
            child = self._children.get(entry.pid)
            ended = child.poll() is not None if child else entry.process() is None
            if ended:
                raise ServiceError(
                    f"{entry.name} ended unexpectedly; its log ends:\n{tail(Path(entry.log))}",
                    where=entry.log,
                    fix="mend what the log names and run the same command again; finished steps are kept",
                )

    def stop(self) -> list[str]:
        """Stop every service, all their descendants, and what outlived a killed one; returns what was running."""
        names = [entry.name for entry in self._entries if entry.process()]
        with _undisturbed():
            _stop_tree([process for entry in reversed(self._entries) if (process := entry.process())])
            killed = leftovers.kill_all(self._file)
        if killed:
            names.append(f"{killed} {'process' if killed == 1 else 'processes'} that a killed service had left")
        for child in self._children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=1)
        self._entries.clear()
        self._children.clear()
        self._file.unlink(missing_ok=True)
        return names

    def _save(self) -> None:
        content = {"mode": self._mode, "services": [asdict(entry) for entry in self._entries]}
        write_atomic(self._file, json.dumps(content, indent=2) + "\n")


def _register(settings: Settings, place: Path | None) -> Path:
    return (place or settings.home) / "services.json"


def registered(settings: Settings, place: Path | None = None) -> tuple[Services, Mode] | None:
    """The services that an earlier command started in this home (at `place`) and that still run, and how it did.

    None when nothing of them runs, not even what a killed one has left.
    """
    entries, mode = read_register(settings, place)
    running = [entry for entry in entries if entry.process()]
    if not running and not leftovers.processes_of(_register(settings, place)):
        _register(settings, place).unlink(missing_ok=True)
        return None
    services = Services(settings, mode, place)
    services._entries = running
    return services, mode


def read_register(settings: Settings, place: Path | None = None) -> tuple[list[Entry], Mode]:
    """What was started in this home (at `place`) and not stopped, whether it still runs or not, and how."""
    try:
        content = json.loads(_register(settings, place).read_bytes())
        entries = [Entry(**entry) for entry in content["services"]]
    except (OSError, ValueError, KeyError, TypeError):
        return [], "attached"
    return entries, "detached" if content["mode"] == "detached" else "attached"


def tail(log: Path, lines: int = 25) -> str:
    """The last lines of a log file."""
    try:
        text = log.read_text(errors="replace")
    except OSError:
        return "(no log)"
    return "\n".join(text.splitlines()[-lines:])


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Ignore a second Ctrl-C or SIGTERM while the first one is being obeyed: it would leave processes behind."""
    with _handled_by(signal.SIG_IGN):
        yield


@contextlib.contextmanager
def _signals_after() -> Iterator[None]:
    """Obey a Ctrl-C or SIGTERM that comes meanwhile when the block has ended, not in its middle."""
    came: list[int] = []
    # a handler of ours, because children inherit ignored and blocked signals, but never a handler
    with _handled_by(lambda number, _: came.append(number)):
        yield
    for number in came[:1]:
        signal.raise_signal(number)


@contextlib.contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], object] | signal.Handlers) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _stop_tree(roots: list[psutil.Process]) -> None:
    # tasks may fork while we look, so the tree is read again until nothing of it is left
    known: dict[int, psutil.Process] = {}

    def look() -> list[psutil.Process]:
        for process in [*roots, *list(known.values())]:
            with contextlib.suppress(psutil.Error):
                known.setdefault(process.pid, process)
                for child in process.children(recursive=True):
                    known.setdefault(child.pid, child)
        return [process for process in known.values() if leftovers.lives(process)]

    look()
    for root in roots:
        with contextlib.suppress(psutil.Error):
            root.terminate()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while look() and time.monotonic() < deadline:
        time.sleep(0.1)
    for process in look():
        with contextlib.suppress(psutil.Error):
            process.kill()
    while look():
        time.sleep(0.05)
