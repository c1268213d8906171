"""`make demo` as a user sees it, at a small scale: the real scheduler, live progress, the last lines, nothing left."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from include.common.files import only_one
from include.settings import REPOSITORY, child_environment
from tests.shared import free_port

WORKS_LINE = re.compile(r"works in: (\d+), loaded: (\d+), quarantined: (\d+)")
RELEASE_LINE = re.compile(r"release (\S+) published: (\d+) works, \d+ marts, \d+ s")


def _environment(home: Path) -> dict[str, str]:
    return child_environment(
        ENTANGLED_HOME=str(home),
        ENTANGLED_AIRFLOW_PORT=str(free_port()),
        ENTANGLED_SANDBOX_PORT=str(free_port()),
    )


def _demo(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "include.local", "demo", *arguments],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1500,
    )


def _running_in(home: Path) -> list[str]:
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        try:
            if process.environ().get("ENTANGLED_HOME") == str(home) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.info["cmdline"]))
        except psutil.Error:
            continue
    return found


@pytest.mark.verify
def test_a_demo_publishes_a_second_one_finds_nothing_new_and_both_leave_nothing_running(tmp_path: Path) -> None:
    home = tmp_path / "var"
    environment = _environment(home)
    first = _demo(environment, "--scale", "0.01")
    assert first.returncode == 0, first.stdout[-3000:] + first.stderr[-3000:]
    *_, works_line, release_line = first.stdout.splitlines()
    works, release = WORKS_LINE.fullmatch(works_line), RELEASE_LINE.fullmatch(release_line)
    assert works is not None
    assert release is not None
    assert int(works[1]) == int(works[2]) + int(works[3]) > 300
    assert (home / "releases" / "current").resolve().name == release[1]
    assert "extract 2019" in first.stdout
    assert re.search(r"transform: (\d+) of \1 models", first.stdout)
    assert _running_in(home) == []

    second = _demo(environment, "--scale", "0.01")
    assert second.returncode == 0, second.stdout[-3000:] + second.stderr[-3000:]
    assert "nothing new since" in second.stdout
    again = RELEASE_LINE.fullmatch(second.stdout.splitlines()[-1])
    assert again is not None
    assert again.groups() == release.groups()
    assert _running_in(home) == []


def test_a_demo_beside_another_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "var"
    with only_one(home / "locks" / "local.lock", "a demo"):
        refused = _demo(_environment(home), "--scale", "0.01")
    assert refused.returncode == 3
    assert "is already running" in refused.stderr
    assert not (home / "airflow").exists()


@pytest.mark.verify
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_stopped_takes_everything_with_it(tmp_path: Path, stop: signal.Signals) -> None:
    home = tmp_path / "var"
    demo = subprocess.Popen(
        [sys.executable, "-m", "include.local", "demo", "--scale", "0.01"],
        cwd=REPOSITORY,
        env=_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 600
    while not (home / "airflow" / "services" / "scheduler.log").exists():
        assert time.monotonic() < deadline
        assert demo.poll() is None
        time.sleep(0.2)
    demo.send_signal(stop)
    output, _ = demo.communicate(timeout=600)
    assert demo.returncode == (130 if stop == signal.SIGINT else 143)
    assert "run the same command again to go on" in output
    assert _running_in(home) == []
