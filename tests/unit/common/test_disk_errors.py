"""A disk that is full is told in a sentence, whether DuckDB writes a Parquet file or a database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from include.settings import REPOSITORY

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
    assert "the tables could not be written" in ended.stdout
    assert str(file) in ended.stdout
