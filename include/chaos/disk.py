"""A disk that fills: a small file system where this user may mount one, else a limit on the size of files."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from include.common.errors import EntangledError
from include.common.files import ensure_dir

# `make up` asks for 2 GB; what is not used takes no memory
_SIZE_BYTES = 4 * 1024**3
_PAGE_BYTES = 4096
_TRIES = 20


class Disk:
    """The disk of one home. `processes`: those that write to it now."""

    def __init__(self, folder: Path, processes: Callable[[], Iterable[psutil.Process]], *, is_mounted: bool) -> None:
        self._folder, self._processes, self._is_mounted = folder, processes, is_mounted

    @property
    def title(self) -> str:
        """How it is filled."""
        return "a small disk" if self._is_mounted else "a limit on the size of files"

    def fill(self) -> None:
        """From now on nothing more can be written."""
        if self._is_mounted:
            # the system refuses less than what is used, which may grow meanwhile
            _resize(self._folder, lambda: shutil.disk_usage(self._folder).used + _PAGE_BYTES)
        else:
            self._limit(0)

    def free(self) -> None:
        """There is room again."""
        if self._is_mounted:
            _resize(self._folder, lambda: _SIZE_BYTES)
        else:
            self._limit(psutil.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        for process in self._processes():
            # the hard limit stays, or it could not be lifted again
            with contextlib.suppress(psutil.Error):
                process.rlimit(psutil.RLIMIT_FSIZE, (size, psutil.RLIM_INFINITY))


@contextmanager
def small_disk(folder: Path, processes: Callable[[], Iterable[psutil.Process]]) -> Iterator[Disk]:
    """Make `folder` a disk that can be filled, for as long as the block runs. What is on it is gone afterwards."""
    ensure_dir(folder)
    options = ["-t", "tmpfs", "-o", f"size={_SIZE_BYTES}", "entangled-chaos"]
    is_mounted = _run("mount", *options, str(folder))
    try:
        yield Disk(folder, processes, is_mounted=is_mounted)
    finally:
        if is_mounted:
            # also when somebody looks into it
            _run("umount", "--lazy", str(folder))


def unmount(folder: Path) -> None:
    """Take away what a killed proof has left mounted."""
    while folder.is_mount() and _run("umount", "--lazy", str(folder)):
        pass


def _resize(folder: Path, size_of: Callable[[], int]) -> None:
    for _ in range(_TRIES):
        command = ["mount", "-o", f"remount,size={size_of()}", str(folder)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode == 0:
            return
    raise EntangledError(f"a disk could not be resized: {ended.stderr.strip()}", where=str(folder))


def _run(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        # not Linux
        return False
