"""Readers that never mix two releases: the link is followed once, and everything is read below where it led."""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.release.catalogue import current_folder
from include.settings import Settings

# a release that went between following the link and opening it was replaced long before: the link leads on by now
_TRIES = 5


def open_current_database(settings: Settings) -> duckdb.DuckDBPyConnection:
    """See `include.release.open_current`."""
    for _ in range(_TRIES):
        folder = current_folder(settings)
        try:
            return open_database(settings, folder)
        except duckdb.IOException:
            if folder.exists():
                raise
    return open_database(settings, current_folder(settings))


def open_database(settings: Settings, folder: Path) -> duckdb.DuckDBPyConnection:
    """The database of the release in `folder`, read-only, with the threads and memory of the settings."""
    limits = {"threads": str(settings.threads), "memory_limit": settings.memory_limit}
    return duckdb.connect(str(folder / "marts.duckdb"), read_only=True, config=limits)


def tables_in(db: duckdb.DuckDBPyConnection) -> list[str]:
    """Names of the tables and views of an opened release."""
    return [name for (name,) in db.execute("select table_name from information_schema.tables order by all").fetchall()]
