"""What the marts must say about a generated corpus."""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.settings import Settings


def write(settings: Settings, db: duckdb.DuckDBPyConnection, folder: Path, *, scale: float) -> dict[str, int]:
    folder.mkdir(parents=True)
    return {
        "works": db.execute("select (select count(*) from works) + (select count(*) from background)").fetchall()[0][0],
        "joint": db.execute("select count(*) from works where kind='joint'").fetchall()[0][0],
    }
