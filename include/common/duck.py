"""DuckDB connections with the limits of the settings, never downloading an extension."""

from __future__ import annotations

from pathlib import Path

import duckdb

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
