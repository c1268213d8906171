"""Readers that never mix two releases: the link is followed once, and everything is read below where it led."""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.release.catalogue import ReleaseError, current_folder
from include.settings import Settings

# a release that went between following the link and opening it was replaced long before: the link leads on by now
_TRIES = 5


def open_current_database(settings: Settings) -> duckdb.DuckDBPyConnection:
    """See `include.release.open_current`."""
    for _ in range(_TRIES):
        folder = current_folder(settings)
        try:
            return connect_database(settings, folder)
        except duckdb.IOException:
            if folder.exists():
                break
    return open_database(settings, current_folder(settings))


def open_database(settings: Settings, folder: Path) -> duckdb.DuckDBPyConnection:
    """The database of the release in `folder`, read-only, with the threads and memory of the settings.

    Raises:
        ReleaseError: it is gone or torn.
    """
    try:
        return connect_database(settings, folder)
    except duckdb.Error as error:
        raise ReleaseError(
            f"the database of release {folder.name} cannot be opened: {str(error).splitlines()[0]}",
            where=str(folder / "marts.duckdb"),
            fix="`make verify-release` says what is torn; take readers back to a release that is whole: make rollback",
        ) from None


def connect_database(settings: Settings, folder: Path) -> duckdb.DuckDBPyConnection:
    """The same with DuckDB's own errors, for who tells them in words of its own."""
    limits = {
        "threads": str(settings.threads),
        "memory_limit": settings.memory_limit,
        # beside the file, where it would be otherwise, it would be in a sealed release
        "temp_directory": str(settings.home / "tmp"),
    }
    return duckdb.connect(str(folder / "marts.duckdb"), read_only=True, config=limits)


def tables_in(db: duckdb.DuckDBPyConnection) -> list[str]:
    """Names of the tables and views of an opened release."""
    return [name for (name,) in db.execute("select table_name from information_schema.tables order by all").fetchall()]
