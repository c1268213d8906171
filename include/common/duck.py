"""DuckDB connections with the limits of the settings, never downloading an extension."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from include.common.errors import StorageError
from include.settings import Settings


def connect(settings: Settings, database: Path | None = None, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open `database` (in memory when None) with the threads and memory of the settings; spills go under home."""
    spill = settings.home / "tmp"
    return duckdb.connect(
        str(database) if database else ":memory:",
        read_only=read_only,
        config={
            "threads": str(settings.threads),
            "memory_limit": settings.memory_limit,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "false",
        },
    )


@contextmanager
def disk_errors(place: Path) -> Iterator[None]:
    """DuckDB's own words for a full or read-only disk become a `StorageError` that names `place`."""
    try:
        yield
    # a table file that cannot be written is told when its transaction commits
    except (duckdb.IOException, duckdb.TransactionException) as error:
        text = str(error)
        if "No space left" in text or "Read-only file system" in text or "File too large" in text:
            raise StorageError(
                "the tables could not be written: " + text.splitlines()[0],
                where=str(place),
                fix="free some space or make the folder writable, and run the same command again",
            ) from error
        raise
