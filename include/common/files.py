"""Atomic files and folders: write aside, fsync, rename. A reader sees the old state or the new one, never a half."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from include.common.errors import BusyError, StorageError

# less than any build writes
_NEARLY_NOTHING_BYTES = 5_000_000

_REMEDIES = {
    errno.ENOSPC: ("the disk is full", "free some space and run the same command again; what was complete is kept"),
    errno.EDQUOT: ("the disk quota is used up", "free some space and run the same command again"),
    errno.EFBIG: (
        "a file would grow too large for this file system or user (ulimit -f)",
        "raise the limit and run again",
    ),
    errno.EROFS: ("the file system is read-only", "make it writable, or set ENTANGLED_HOME to a folder that is"),
    errno.EACCES: ("no permission to write", "make the folder writable, or set ENTANGLED_HOME to one that is"),
    errno.EPERM: ("no permission to write", "make the folder writable, or set ENTANGLED_HOME to one that is"),
    errno.EEXIST: ("a file stands where a folder is needed", "move it away, or set ENTANGLED_HOME to another folder"),
    errno.EISDIR: ("a folder stands where a file is needed", "move it away and run the same command again"),
    errno.ENOTDIR: ("a file stands where a folder is needed", "move it away, or set ENTANGLED_HOME to another folder"),
}


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn an OSError that a person can mend (full, read-only, no permission) into a `StorageError` naming `path`."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0)
        if remedy is None:
            raise
        what, fix = remedy
        raise StorageError(what, where=str(path), fix=fix) from error


def full_disk(folder: Path) -> StorageError | None:
    """The error that says that the disk of `folder` is full, when it is."""
    free = shutil.disk_usage(folder).free
    if free > _NEARLY_NOTHING_BYTES:
        return None
    return StorageError(
        f"the disk is full: {free / 1_000_000:.0f} MB are free",
        where=str(folder),
        fix="free some space, or set ENTANGLED_HOME to a folder on a larger disk, and run the same command again",
    )


def fsync_dir(folder: Path) -> None:
    """Make the names in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def ensure_dir(folder: Path) -> Path:
    """Create `folder` with its parents. Raises StorageError when that cannot be."""
    with storage_errors(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except FileNotFoundError:
            # not even its first parent can be made: /proc, a path on a drive that is not there
            raise StorageError(
                "the folder cannot be made there", where=str(folder), fix="set ENTANGLED_HOME to a folder that can be"
            ) from None
    return folder


def ensure_database_dir(folder: Path) -> Path:
    """Create `folder` as one in which DuckDB can write a database.

    DuckDB looks for the log of `a?b/x.duckdb` in a folder `a.wal?b`, but it follows links first; dbt-duckdb names the
    database after `a`, and likewise at `#`. So below such a path the folder is a link to one in the user's cache.
    Raises StorageError when that cannot be.
    """
    if not is_cut_short(folder) or folder.exists():
        return ensure_dir(folder)
    ensure_dir(folder.parent)
    with storage_errors(folder):
        folder.unlink(missing_ok=True)
        folder.symlink_to(_plain_database_dir(), target_is_directory=True)
    return folder


def is_cut_short(path: Path) -> bool:
    """Whether a tool that takes paths for addresses reads only the beginning of this one."""
    return "?" in str(path) or "#" in str(path)


def remove_database_dir(folder: Path) -> None:
    """Remove what `ensure_database_dir` made, with all that is in it."""
    if folder.is_symlink():
        shutil.rmtree(folder.resolve(), ignore_errors=True)
        folder.unlink()
    else:
        shutil.rmtree(folder)


def _plain_database_dir() -> Path:
    cache = Path.home() / ".cache" / "entangled"
    if is_cut_short(cache):
        return Path(tempfile.mkdtemp(prefix="entangled-database-"))
    return Path(tempfile.mkdtemp(prefix="database-", dir=ensure_dir(cache)))


def write_atomic(path: Path, content: bytes | str) -> None:
    """Write `path` so that it holds the old content or all of the new."""
    data = content.encode() if isinstance(content, str) else content
    ensure_dir(path.parent)
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with storage_errors(path):
        try:
            with aside.open("wb") as handle:
                handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())
            aside.replace(path)
            fsync_dir(path.parent)
        finally:
            aside.unlink(missing_ok=True)


def publish_dir(aside: Path, final: Path, *, replace: bool = False) -> None:
    """Make a finished folder visible under its name with one rename. Its files are made durable first.

    `replace`: a folder that has the name goes, one rename before; killed between the two, nothing has it.
    """
    with storage_errors(final):
        for file in aside.rglob("*"):
            if file.is_file():
                handle = os.open(file, os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)
        for folder in [aside, *(entry for entry in aside.rglob("*") if entry.is_dir())]:
            fsync_dir(folder)
        final.parent.mkdir(parents=True, exist_ok=True)
        earlier = final.with_name(f".{final.name}.{os.getpid()}.removed")
        if replace and final.exists():
            final.rename(earlier)
        aside.rename(final)
        fsync_dir(final.parent)
        if replace:
            shutil.rmtree(earlier, ignore_errors=True)


def point_link(link: Path, target: Path) -> None:
    """Point the symbolic link `link` at `target` (a sibling) with one rename.

    The time of the folder that it pointed at becomes that of the switch: since then nobody is led there.
    """
    aside = link.with_name(f".{link.name}.{os.getpid()}.tmp")
    with storage_errors(link):
        if link.is_dir():
            os.utime(link)
        aside.unlink(missing_ok=True)
        aside.symlink_to(os.path.relpath(target, link.parent))
        aside.replace(link)
        fsync_dir(link.parent)


def remove_tree(folder: Path) -> None:
    """Remove a folder that readers may list: hide it by a rename first, so that it goes at once."""
    if not folder.exists():
        return
    hidden = folder.with_name(f".{folder.name}.{os.getpid()}.removed")
    with storage_errors(folder):
        folder.rename(hidden)
        shutil.rmtree(hidden)


def sha256_file(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sha256_tree(folder: Path, *suffixes: str, without: str = "") -> str:
    """Hex SHA-256 of the names (below `folder`) and bytes of all its files that have one of the suffixes (`.sql`).

    Files called `without` are left out.
    """
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.suffix in suffixes and file.name != without and file.is_file():
            digest.update(f"{file.relative_to(folder)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


@contextmanager
def only_one(lock_file: Path, doing: str) -> Iterator[None]:
    """Hold `lock_file` while the block runs; the kernel lets go of it when the process dies, however it dies.

    Raises:
        BusyError: another process holds it. Nothing was started.
    """
    ensure_dir(lock_file.parent)
    with storage_errors(lock_file):
        lock = filelock.FileLock(lock_file, timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise BusyError(
                f"{doing} is already running",
                where=str(lock_file),
                fix="wait until it has ended, or stop it; nothing was started and nothing was changed",
            ) from None
    try:
        yield
    finally:
        lock.release()
