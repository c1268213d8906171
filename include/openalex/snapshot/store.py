"""Where a snapshot lies: a folder, read through DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from include.common.duck import connect
from include.common.files import ensure_dir
from include.openalex.errors import SnapshotFault, Unreachable
from include.settings import Settings


class Store:
    """Reads files by path. Used by one thread at a time."""

    def __init__(self, settings: Settings) -> None:
        ensure_dir(settings.home / "tmp")
        self.connection = connect(settings)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def read(self, path: str) -> bytes | None:
        """The file's bytes; None when there is no such file."""
        rows = self._rows("select content from read_blob(?)", path)
        return bytes(rows[0][0]) if rows else None

    def size(self, path: str) -> int | None:
        """The file's length in bytes; None when there is no such file."""
        rows = self._rows("select size from read_blob(?)", path)
        return int(rows[0][0]) if rows else None

    def names(self, pattern: str) -> list[str]:
        """Paths of the files that match, sorted."""
        return sorted(row[0] for row in self._rows("select file from glob(?)", pattern))

    def _rows(self, query: str, path: str) -> list[Any]:
        with reading(path):
            rows: list[Any] = self.connection.execute(query, [path]).fetchall()
            return rows


@contextmanager
def reading(path: str) -> Iterator[None]:
    """DuckDB's own words for a file that cannot be read become an error that says what to do."""
    try:
        yield
    except duckdb.HTTPException as error:
        raise Unreachable(
            f"the snapshot cannot be reached: {_first_line(error)}",
            where=path,
            fix="check the network, ENTANGLED_SNAPSHOT and its endpoint, then run again; what was loaded is kept",
        ) from None
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.ConversionException, UnicodeDecodeError) as error:
        raise SnapshotFault(
            f"a file of the snapshot cannot be read: {_first_line(error)}",
            where=path,
            fix="fetch it again (a mirror: aws s3 sync --delete --no-sign-request); what was loaded is kept",
        ) from None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:300]


def location(settings: Settings) -> str:
    """Where the settings say that the snapshot lies, without a final slash.

    Raises:
        SnapshotFault: they do not say, or name a bucket.
    """
    if not settings.snapshot:
        raise SnapshotFault(
            "nobody said where the snapshot lies",
            where="ENTANGLED_SNAPSHOT",
            fix="set it to a folder that holds it, or a mirror of it",
        )
    if "://" in settings.snapshot:
        raise SnapshotFault(
            "snapshots are read from folders only",
            where=settings.snapshot,
            fix="mirror its works: aws s3 sync --delete --no-sign-request s3://openalex/data/parquet/works "
            "FOLDER/data/parquet/works",
        )
    return str(Path(settings.snapshot).expanduser().resolve())
