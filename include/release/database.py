"""marts.duckdb: every table and view of a release in one file that old clients read too, with descriptions inside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from include.common.duck import connect
from include.common.errors import StorageError
from include.common.sql import identifier, quoted, read_parquet
from include.contracts.candidate import CandidateTable
from include.settings import Settings

# the oldest storage that carries comments and compresses well; DuckDB 1.2 and later read it
STORAGE_VERSION = "v1.2.0"
# a key is an index that is stored, a block at least: with keys on tables of up to 200,000 rows they were 48 of 64 MiB
KEY_UP_TO_ROWS = 3
# of most tables a column takes less than the usual block of 256 KiB; below 64 KiB numbers compress badly
BLOCK_SIZE = 65_536
# texts for zstd: characters on average, and how seldom one comes again (a row in so many is another text)
LONG_TEXT, ANOTHER_IN = 25, 20
# in smaller tables it saves nothing
LONG_TEXTS_FROM_ROWS = 100
_WORDS = re.compile(r"\w+")
SYNTHETIC = "SYNTHETIC: invented data, says nothing about the world. "


def write_database(
    settings: Settings, file: Path, parquet: Path, tables: Sequence[CandidateTable], *, synthetic: bool
) -> None:
    """Write `file` from `parquet/<table>.parquet`.

    Raises:
        StorageError: it cannot be written.
    """
    mark = SYNTHETIC if synthetic else ""
    try:
        with connect(settings) as db:
            # a table without `order by` reads as it was exported
            db.execute("set preserve_insertion_order = true")
            # two threads cut a table of one row group into parts, which take up to twice the room and no less time
            db.execute("set threads = 1")
            db.execute(
                f"attach {quoted(file)} as marts (storage_version {quoted(STORAGE_VERSION)}, block_size {BLOCK_SIZE})"
            )
            for table in tables:
                if not table.view_sql:
                    _add_table(db, parquet / f"{table.name}.parquet", table, mark)
            # names without a schema are those of the file, also for whoever attaches it under another name
            db.execute("use marts")
            for table in _in_order([table for table in tables if table.view_sql]):
                _add_view(db, table, mark)
            db.execute("use memory")
            db.execute("detach marts")
    except duckdb.IOException as error:
        raise StorageError(
            f"marts.duckdb cannot be written: {str(error).splitlines()[0]}",
            where=str(file),
            fix="free some space or make the folder writable, and run the same command again",
        ) from error


def _add_table(db: duckdb.DuckDBPyConnection, file: Path, table: CandidateTable, mark: str) -> None:
    source = read_parquet(file)
    name = f'marts."{table.name}"'
    key = ", ".join(map(identifier, key_of_grain(db, source, table))) if table.rows <= KEY_UP_TO_ROWS else ""
    long_texts = _long_texts(db, source, table)
    # in one: each statement by itself is written to the log and waited for
    db.begin()
    columns = ", ".join(
        f'"{column}" {kind}{" using compression zstd" if column in long_texts else ""}'
        for column, kind, *_ in db.execute(f"describe select * from {source}").fetchall()
    )
    db.execute(f"create table {name} ({columns}{f', primary key ({key})' if key else ''})")
    db.execute(f"insert into {name} from {source}")
    _describe(db, "table", table, mark)
    db.commit()


def _in_order(views: Sequence[CandidateTable]) -> list[CandidateTable]:
    """Views after those that they read."""
    found: list[CandidateTable] = []
    waiting = list(views)
    while waiting:
        names = {view.name for view in waiting}
        ready = [view for view in waiting if not names & ({*_WORDS.findall(view.view_sql)} - {view.name})]
        # of views that read one another DuckDB says which is missing
        found += ready or waiting
        waiting = [view for view in waiting if view not in found]
    return found


def _add_view(db: duckdb.DuckDBPyConnection, view: CandidateTable, mark: str) -> None:
    db.begin()
    db.execute(f'create view "{view.name}" as {view.view_sql}')
    _describe(db, "view", view, mark)
    db.commit()


def _describe(db: duckdb.DuckDBPyConnection, kind: str, table: CandidateTable, mark: str) -> None:
    name = f'marts.main."{table.name}"'
    grain = f" One row per ({table.grain})." if table.grain else ""
    db.execute(f"comment on {kind} {name} is {quoted(marked(table.description, mark) + grain)}")
    for column in table.columns:
        db.execute(f'comment on column {name}."{column.name}" is {quoted(mark + column.description)}')


def marked(description: str, mark: str) -> str:
    """The description of a table with the mark; the export has marked its own already."""
    return description if description.startswith("SYNTHETIC") else mark + description


def without_mark(description: str) -> str:
    """The description of a table, for where the mark stands once above them all."""
    return re.sub(r"^SYNTHETIC[^:]*: ", "", description)


def _long_texts(db: duckdb.DuckDBPyConnection, source: str, table: CandidateTable) -> set[str]:
    """Columns of long texts that differ from row to row, such as titles: by itself DuckDB does not take zstd for them.
    Texts that come again and again are smaller, and quicker to group by, as a dictionary.
    """
    texts = [column.name for column in table.columns if column.type == "VARCHAR"]
    if not texts or table.rows < LONG_TEXTS_FROM_ROWS:
        return set()
    is_long = ", ".join(
        f'coalesce(avg(length("{name}")) >= {LONG_TEXT} '
        f'and approx_count_distinct("{name}") > count(*) / {ANOTHER_IN}, false)'
        for name in texts
    )
    (found,) = db.execute(f"select {is_long} from {source}").fetchall()
    return {column for column, is_one in zip(texts, found, strict=True) if is_one}


def key_of_grain(db: duckdb.DuckDBPyConnection, source: str, table: CandidateTable) -> list[str]:
    """The columns of the table's grain where they are a key of `source`; none where some are empty or rows doubled."""
    parts = [part.strip() for part in table.grain.split(",") if part.strip()]
    if not parts:
        return []
    empty = " or ".join(f'"{part}" is null' for part in parts)
    key = ", ".join(f'"{part}"' for part in parts)
    (rows, keys, with_empty) = db.execute(
        f"select count(*), count(distinct ({key})), count(*) filter ({empty}) from {source}"
    ).fetchall()[0]
    # an accepted failure may let a doubled row through; readers then have it without a key
    return parts if rows == keys and not with_empty else []
