"""A disk that is full is told in a sentence, whether DuckDB writes a Parquet file or a database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from include.common.duck import MemoryTooSmall, disk_errors, shortage
from include.common.errors import EntangledError, StorageError
from include.settings import REPOSITORY, Settings
from include.warehouse import write_manifest

# in a process of its own: a limit that is set cannot be raised again
SCRIPT = """
import resource, sys
from pathlib import Path
import duckdb
from include.common.duck import disk_errors
from include.common.errors import StorageError

file, statement = Path(sys.argv[1]), sys.argv[2]
connection = duckdb.connect(str(file.with_suffix(".duckdb")))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    with disk_errors(file):
        connection.execute(statement)
except StorageError as error:
    print(error.what, error.where)
    sys.exit(7)
"""
ROWS = "select hash(i) as h, hash(i + 1) as k from range(100000) t(i)"


FULL_BY_SPILLING = (
    "Out of Memory Error: failed to offload data block of size 256.0 KiB (1.0 GiB/1.0 GiB used).\n"
    "This limit was set by the 'max_temp_directory_size' setting."
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("IO Error: No space left on device", StorageError),
        ("--- Logging error ---\nOSError: [Errno 28] No space left on device\nMessage: x", StorageError),
        (FULL_BY_SPILLING, StorageError),
        ("Out of Memory Error: could not allocate block of size 30.5 MiB", MemoryTooSmall),
        ("Binder Error: no column", None),
    ],
)
def test_what_duckdb_and_dbt_say_of_a_shortage_is_understood(text: str, kind: type[EntangledError] | None) -> None:
    error = shortage(text, Path("/home"))
    assert (type(error) if error else None) is kind


def test_a_query_beyond_the_limit_of_memory_names_the_setting(tmp_path: Path) -> None:
    with (
        duckdb.connect(config={"memory_limit": "10MB", "threads": "1"}) as db,
        pytest.raises(MemoryTooSmall, match="more memory than it may use") as caught,
        disk_errors(tmp_path),
    ):
        db.execute("select list(i order by hash(i)) from range(5000000) t(i)").fetchall()
    assert "ENTANGLED_MEMORY_LIMIT" in caught.value.fix


def test_a_full_disk_under_dbt_is_told_whatever_dbt_could_still_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = tmp_path / "dbt"
    stand_in.write_text("#!/bin/sh\necho 'OSError: [Errno 28] No space left on device'\necho 'Arguments: ()'\nexit 2\n")
    stand_in.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    settings = Settings(_env_file=None, ENTANGLED_HOME=tmp_path / "home")  # type: ignore[call-arg]
    with pytest.raises(StorageError, match="the disk is full") as caught:
        write_manifest(settings)
    assert caught.value.where == str(settings.home)


@pytest.mark.parametrize("statement", ["copy ({rows}) to '{file}' (format parquet)", "create table t as {rows}"])
def test_a_full_disk_is_a_storage_error(tmp_path: Path, statement: str) -> None:
    file = tmp_path / "out.parquet"
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(file), statement.format(rows=ROWS, file=file)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 7, ended.stderr
    assert "the disk is full or cannot be written" in ended.stdout
    assert str(file) in ended.stdout
