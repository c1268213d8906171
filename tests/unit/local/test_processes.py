"""Started processes end with the driver, with all they started, however the driver or one of them ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from include.local.processes import ServiceError, Services, read_register, registered
from include.settings import REPOSITORY, Settings, child_environment

# a service that ignores SIGTERM, with a child in a process group of its own (as Airflow's tasks are)
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], process_group=0)
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(600)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"ENTANGLED_HOME": tmp_path / "var"})


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.local.processes.PATIENCE_SECONDS", 0.5)


def _until(ready: Callable[[], bool], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def _gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def _start_stubborn(services: Services, note: Path) -> int:
    services.start("stubborn", [sys.executable, "-c", STUBBORN, str(note)], child_environment())
    _until(lambda: note.exists() and note.read_text() != "")
    return int(note.read_text())


def test_stopping_ends_a_service_that_ignores_it_and_the_child_in_its_own_group(
    settings: Settings, tmp_path: Path
) -> None:
    with Services(settings) as services:
        grandchild = _start_stubborn(services, tmp_path / "pid")
        found = registered(settings)
        assert found is not None
        assert not _gone(grandchild)
    assert _gone(grandchild)
    assert registered(settings) is None


def test_an_error_in_the_block_stops_detached_services_too(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), Services(settings, "detached") as services:
        grandchild = _start_stubborn(services, tmp_path / "pid")
        raise RuntimeError
    assert _gone(grandchild)


def test_detached_services_stay_and_are_found_and_stopped_later(settings: Settings, tmp_path: Path) -> None:
    with Services(settings, "detached") as services:
        grandchild = _start_stubborn(services, tmp_path / "pid")
    found = registered(settings)
    assert found is not None
    later, mode = found
    assert mode == "detached"
    assert not _gone(grandchild)
    assert later.stop() == ["stubborn"]
    assert _gone(grandchild)


def test_what_a_killed_driver_left_is_found_and_stopped(settings: Settings, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    driver = f"""
import sys, time
from include.local.processes import Services
from include.settings import get_settings, child_environment
services = Services(get_settings())
services.start("stubborn", [sys.executable, "-c", {STUBBORN!r}, {str(note)!r}], child_environment())
time.sleep(600)
"""
    killed = subprocess.Popen(
        [sys.executable, "-c", driver], cwd=REPOSITORY, env=child_environment(ENTANGLED_HOME=str(settings.home))
    )
    _until(lambda: note.exists() and note.read_text() != "" and (settings.home / "services.json").exists())
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    grandchild = int(note.read_text())
    assert not _gone(grandchild)
    found = registered(settings)
    assert found is not None
    services, mode = found
    assert mode == "attached"
    services.stop()
    assert _gone(grandchild)


def test_another_process_with_the_same_number_is_left_alone(settings: Settings) -> None:
    settings.home.mkdir(parents=True)
    entry = {"name": "scheduler", "pid": os.getpid(), "created": 1.0, "log": ""}
    (settings.home / "services.json").write_text(json.dumps({"mode": "attached", "services": [entry]}))
    assert registered(settings) is None


def test_a_service_that_ends_is_reported_with_the_end_of_its_log(settings: Settings) -> None:
    with Services(settings) as services:
        services.start(
            "short", [sys.executable, "-c", "print('no such table: dag'); raise SystemExit(3)"], child_environment()
        )

        def ended() -> bool:
            try:
                services.check()
            except ServiceError as error:
                assert "short ended unexpectedly" in str(error)
                assert "no such table: dag" in str(error)
                return True
            return False

        _until(ended)


def test_a_ctrl_c_while_a_service_is_being_started_leaves_nothing_behind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    real = subprocess.Popen

    def interrupted(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        child = real(*arguments, **options)  # type: ignore[call-overload]
        started.append(child.pid)
        # the worst moment: the process runs and stands in no register yet
        os.kill(os.getpid(), signal.SIGINT)
        return child  # type: ignore[no-any-return]

    monkeypatch.setattr("include.local.processes.subprocess.Popen", interrupted)
    with pytest.raises(KeyboardInterrupt), Services(settings) as services:
        services.start("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], child_environment())
    assert len(started) == 1
    _until(lambda: _gone(started[0]))


# a worker as a scheduler leaves it: a session of its own, deaf to SIGTERM, under a title as long as Airflow's
WORKER = """
import os, signal, sys, time
from setproctitle import setproctitle
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.setsid()
setproctitle("airflow worker -- LocalExecutor: " + "<idle> " * 200)
open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(600)
"""
SCHEDULER = """
import subprocess, sys, time
for note in sys.argv[2:]:
    subprocess.Popen([sys.executable, "-c", sys.argv[1], note])
time.sleep(600)
"""


def _start_scheduler(services: Services, folder: Path) -> list[int]:
    """Start a service with two workers; returns the numbers of these."""
    notes = [folder / "worker-1", folder / "worker-2"]
    command = [sys.executable, "-c", SCHEDULER, WORKER, *map(str, notes)]
    services.start("scheduler", command, child_environment())
    _until(lambda: all(note.exists() and note.read_text() != "" for note in notes))
    return [int(note.read_text()) for note in notes]


def _kill(entry_name: str, settings: Settings) -> None:
    """As the kernel kills a service when memory ends."""
    entries, _ = read_register(settings)
    (service,) = [psutil.Process(entry.pid) for entry in entries if entry.name == entry_name]
    service.kill()
    _until(lambda: _gone(service.pid))


def test_what_a_killed_service_has_left_is_found_and_stopped(settings: Settings, tmp_path: Path) -> None:
    with Services(settings, "detached") as services:
        workers = _start_scheduler(services, tmp_path)
    _kill("scheduler", settings)
    assert not any(_gone(worker) for worker in workers)

    found = registered(settings)
    assert found is not None
    assert found[0].stop() == ["2 processes that a killed service had left"]
    assert all(_gone(worker) for worker in workers)
    assert registered(settings) is None


def test_it_is_found_without_the_register_too(settings: Settings, tmp_path: Path) -> None:
    with Services(settings, "detached") as services:
        workers = _start_scheduler(services, tmp_path)
    _kill("scheduler", settings)
    (settings.home / "services.json").unlink()
    found = registered(settings)
    assert found is not None
    found[0].stop()
    assert all(_gone(worker) for worker in workers)


def test_stopping_after_one_service_was_killed_takes_its_workers_along(settings: Settings, tmp_path: Path) -> None:
    with Services(settings, "detached") as services:
        workers = _start_scheduler(services, tmp_path)
        services.start("api-server", [sys.executable, "-c", "import time; time.sleep(600)"], child_environment())
        _kill("scheduler", settings)
        assert services.stop() == ["api-server", "2 processes that a killed service had left"]
    assert all(_gone(worker) for worker in workers)


def test_what_other_homes_and_other_places_of_this_home_have_started_stays(settings: Settings, tmp_path: Path) -> None:
    other = Settings.model_validate({"ENTANGLED_HOME": tmp_path / "var-2"})
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    with Services(other) as theirs, Services(settings, place=settings.superset_home) as superset:
        theirs.start("scheduler", sleep, child_environment())
        superset.start("superset", sleep, child_environment())
        with Services(settings) as services:
            workers = _start_scheduler(services, tmp_path)
            _kill("scheduler", settings)
        assert all(_gone(worker) for worker in workers)
        theirs.check()
        superset.check()
