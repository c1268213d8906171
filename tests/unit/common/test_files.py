"""Atomic files and folders, and the lock: old state or new one, never a half; a death frees what was held."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from include.common.errors import BusyError, StorageError
from include.common.files import (
    ensure_database_dir,
    ensure_dir,
    is_cut_short,
    only_one,
    point_link,
    publish_dir,
    remove_database_dir,
    remove_tree,
    sha256_file,
    storage_errors,
    write_atomic,
)
from include.settings import REPOSITORY


def python(program: str, *arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """A child process that runs `program` with the repository on its path."""
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", program, *arguments],
        cwd=REPOSITORY,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_file_is_written_with_its_folders_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "file.json"
    write_atomic(file, "first")
    write_atomic(file, b"second")
    assert file.read_bytes() == b"second"
    assert list(file.parent.iterdir()) == [file]


def test_a_reader_of_a_file_being_replaced_sees_one_version_whole(tmp_path: Path) -> None:
    file = tmp_path / "file"
    versions = {digit * 200_000 for digit in "01"}
    write_atomic(file, "0" * 200_000)
    program = (
        "import sys; from pathlib import Path; from include.common.files import write_atomic\n"
        "for n in range(100): write_atomic(Path(sys.argv[1]), str(n % 2) * 200_000)"
    )
    writer = python(program, str(file))
    seen = set()
    while writer.poll() is None:
        seen.add(file.read_text())
    assert writer.wait() == 0
    assert seen <= versions


# A limit on the size of files makes the kernel refuse a write halfway, as a full disk does, and needs no mount.
FULL_DISK = (
    "import resource, signal, sys\n"
    "from pathlib import Path\n"
    "from include.common.errors import StorageError\n"
    "from include.common.files import write_atomic\n"
    "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
    "try:\n"
    "    write_atomic(Path(sys.argv[1]), 'x' * 100_000)\n"
    "except StorageError as error:\n"
    "    print('storage', error.where)\n"
    "except OSError as error:\n"
    "    print('os', error.errno)\n"
)


def test_a_write_that_the_disk_refuses_halfway_keeps_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_atomic(file, "old")
    output, errors = python(FULL_DISK, str(file)).communicate(timeout=300)
    assert output.split() == ["storage", str(file)], errors
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.ENOSPC, "full"),
        (errno.EDQUOT, "quota"),
        (errno.EFBIG, "too large"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission"),
        (errno.EPERM, "permission"),
        (errno.ENOTDIR, "where a folder is needed"),
        (errno.EEXIST, "where a folder is needed"),
    ],
)
def test_a_storage_error_says_what_where_and_what_to_do(tmp_path: Path, number: int, word: str) -> None:
    with pytest.raises(StorageError, match=word) as caught, storage_errors(tmp_path):
        raise OSError(number, os.strerror(number))
    assert caught.value.where == str(tmp_path)
    assert caught.value.fix


def test_other_errors_of_the_system_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), storage_errors(tmp_path):
        raise FileNotFoundError(errno.ENOENT, "no such file")


@pytest.mark.parametrize("act", [ensure_dir, lambda folder: write_atomic(folder / "file", "x")])
def test_a_file_where_a_folder_is_needed_is_a_clear_error(tmp_path: Path, act: object) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StorageError, match="where a folder is needed"):
        act(tmp_path / "taken")  # type: ignore[operator]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc here")
def test_a_place_where_no_folder_can_be_made_is_a_clear_error() -> None:
    with pytest.raises(StorageError, match="cannot be made there"):
        ensure_dir(Path("/proc/entangled/raw"))
    with pytest.raises(StorageError, match="cannot be made there"), only_one(Path("/proc/entangled/run.lock"), "a run"):
        pass


def test_a_folder_appears_whole_and_only_once(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner" / "file").write_text(name)
    publish_dir(tmp_path / "first", tmp_path / "zone" / "final")
    with pytest.raises(OSError, match="not empty"):
        publish_dir(tmp_path / "second", tmp_path / "zone" / "final")
    assert (tmp_path / "zone" / "final" / "inner" / "file").read_text() == "first"
    assert (tmp_path / "second" / "inner" / "file").read_text() == "second"


def test_a_link_is_switched_and_relative(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        point_link(tmp_path / "current", tmp_path / name)
        assert (tmp_path / "current").readlink() == Path(name)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["current", "one", "two"]


def test_a_tree_is_removed_and_a_missing_one_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "tree" / "inner").mkdir(parents=True)
    remove_tree(tmp_path / "tree")
    remove_tree(tmp_path / "tree")
    assert list(tmp_path.iterdir()) == []


def test_the_checksum_is_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"some bytes")
    assert sha256_file(tmp_path / "file") == hashlib.sha256(b"some bytes").hexdigest()


HOLD = (
    "import sys, time; from pathlib import Path; from include.common.files import only_one\n"
    "with only_one(Path(sys.argv[1]), 'the test'):\n"
    "    print('held', flush=True); time.sleep(60)\n"
)


def test_a_lock_is_refused_while_held_and_free_after_a_kill(tmp_path: Path) -> None:
    lock = tmp_path / "locks" / "run.lock"
    holder = python(HOLD, str(lock))
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match="a run is already running") as caught, only_one(lock, "a run"):
            pytest.fail("two processes hold one lock")
        assert caught.value.exit_code == 3
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    with only_one(lock, "a run"):
        pass


def test_a_lock_is_free_after_an_error(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="mine"), only_one(tmp_path / "lock", "a run"):
            raise ValueError("mine")


def test_an_error_inside_a_lock_is_not_taken_for_one_of_the_lock(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), only_one(tmp_path / "lock", "a run"):
        raise PermissionError(errno.EACCES, "of something else")


@pytest.mark.parametrize("name", ["what?", "c# code"])
def test_a_database_can_be_written_where_paths_are_cut_short(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = ensure_database_dir(tmp_path / name / "warehouse")
    assert not is_cut_short(folder.resolve())
    for _ in range(2):
        with duckdb.connect(str(folder / "x.duckdb")) as db:
            db.execute("create or replace table t as select 1 as a")
            db.execute("insert into t values (2)")
    # a source is parked by moving its folder
    parked = tmp_path / name / "parked"
    folder.rename(parked)
    assert ensure_database_dir(folder) == folder
    assert list(folder.iterdir()) == []
    with duckdb.connect(str(parked / "x.duckdb"), read_only=True) as db:
        assert db.execute("select sum(a) from t").fetchall() == [(3,)]
    remove_database_dir(parked)
    remove_database_dir(folder)
    assert list((tmp_path / ".cache" / "entangled").iterdir()) == []
    assert list((tmp_path / name).iterdir()) == []


def test_elsewhere_a_folder_of_a_database_is_a_folder(tmp_path: Path) -> None:
    folder = ensure_database_dir(tmp_path / "warehouse")
    assert folder.is_dir() and not folder.is_symlink()
    remove_database_dir(folder)
    assert not folder.exists()
