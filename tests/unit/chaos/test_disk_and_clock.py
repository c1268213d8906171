"""What `make chaos` disturbs with: a disk that fills and has room again, and a clock that needs a library."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from include.chaos.clock import Clock
from include.chaos.disk import Disk, small_disk
from include.common.errors import EntangledError

# writes on and on, and notes what came of it
WRITER = """
import sys, time
while True:
    try:
        with open(sys.argv[1], "ab") as file:
            file.write(b"x" * 100_000)
        told = "room"
    except OSError:
        told = "full"
    print(told, flush=True)
    time.sleep(0.05)
"""


def _hears(writer: subprocess.Popen[str], word: str) -> bool:
    assert writer.stdout is not None
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if writer.stdout.readline().strip() == word:
            return True
    return False


@pytest.mark.parametrize("mounts", [True, False])
def test_a_full_disk_takes_nothing_until_it_is_free_again(
    mounts: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not mounts:
        # as for a user who may not mount
        monkeypatch.setattr("include.chaos.disk._run", lambda *_: False)
    writers: list[psutil.Process] = []
    with small_disk(tmp_path / "disk", lambda: writers) as disk:
        command = [sys.executable, "-c", WRITER, str(tmp_path / "disk" / "file")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            writers.append(psutil.Process(writer.pid))
            try:
                assert _hears(writer, "room")
                disk.fill()
                assert _hears(writer, "full")
                disk.free()
                assert _hears(writer, "room")
            finally:
                writer.kill()
    assert isinstance(disk, Disk)
    assert not (tmp_path / "disk").is_mount()


def test_without_the_library_it_says_which_package_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.chaos.clock._LIBRARY", "libnothing.so")
    with pytest.raises(EntangledError) as told:
        Clock(tmp_path)
    assert "apt-get install libfaketime" in told.value.fix
