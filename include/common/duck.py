"""DuckDB connections with the limits of the settings, never downloading an extension."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from include.common.errors import EntangledError, StorageError
from include.settings import Settings

# the last: DuckDB leaves a tenth of the disk free, and says so when what it spills would take more
_FULL = re.compile("No space left|Read-only file system|File too large|max_temp_directory_size|Disk quota exceeded")


class MemoryTooSmall(EntangledError):
    """A query needs more memory than ENTANGLED_MEMORY_LIMIT gives. What was complete before is untouched."""


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
    """DuckDB's own words for a full or read-only disk, or too little memory, become an error that names `place`."""
    try:
        yield
    # a table file that cannot be written is told when its transaction commits
    except (duckdb.IOException, duckdb.TransactionException, duckdb.OutOfMemoryException) as error:
        lacking = shortage(str(error), place)
        if lacking is None:
            raise
        raise lacking from error


def shortage(text: str, place: Path) -> EntangledError | None:
    """The error that DuckDB's words mean when disk or memory ran out; None when they say something else."""
    line = next((line.strip() for line in text.splitlines() if _FULL.search(line)), None)
    if line is not None:
        return StorageError(
            f"the disk is full or cannot be written: {line}",
            where=str(place),
            fix="free some space or make the folder writable, or set ENTANGLED_HOME to a folder on a larger disk, and "
            "run the same command again",
        )
    line = next((line.strip() for line in text.splitlines() if "Out of Memory Error" in line), None)
    if line is not None:
        return MemoryTooSmall(
            f"DuckDB needs more memory than it may use: {line}",
            where=str(place),
            fix="raise ENTANGLED_MEMORY_LIMIT, or set ENTANGLED_THREADS=1, and run the same command again",
        )
    return None
