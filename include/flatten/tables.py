"""Writes the typed tables of one batch, and proves that they are what was declared and hold every record."""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.common.errors import ContractError
from include.common.sql import quoted, read_parquet
from include.contracts.batch import Entity
from include.contracts.typed import TABLES
from include.flatten import sql


def write_tables(connection: duckdb.DuckDBPyConnection, batch_id: str, entity: Entity, folder: Path) -> dict[str, int]:
    """Write every declared table, with no rows where the entity has nothing to say; returns rows by table."""
    for prepared in ("_intermediate", "_award_numbers"):
        if sql.has(entity, prepared):
            connection.execute(sql.text(entity, prepared))
    filled = sql.tables_of(entity)
    for table in TABLES:
        if table in filled:
            source = f"({sql.text(entity, table)})"
        elif table == "quarantine":
            source = f"(select '{entity}' as entity, * from quarantine)"
        else:
            source = _nothing(table)
        _write(connection, table, source, batch_id, folder / f"{table}.parquet")
    return {table: _verified_rows(connection, table, folder / f"{table}.parquet") for table in TABLES}


def prove_no_loss(connection: duckdb.DuckDBPyConnection, entity: Entity, folder: Path, records_in: int) -> int:
    """Records typed, counted in the written files. One record of totals is many rows, so there it is counted before.

    Raises:
        ContractError: records in are not records typed + records quarantined.
    """
    quarantined = _rows(connection, folder / "quarantine.parquet")
    if entity == "totals":
        typed = int(connection.execute("select count(*) from record").fetchall()[0][0])
    else:
        typed = _rows(connection, folder / f"{entity}.parquet")
    if typed + quarantined != records_in:
        raise ContractError(
            f"{records_in} records went in, {typed} came out typed and {quarantined} quarantined",
            where=str(folder),
            fix="this is a fault of the program, not of the data: nothing was written; please report the batch",
        )
    return typed


def _write(connection: duckdb.DuckDBPyConnection, table: str, source: str, batch_id: str, file: Path) -> None:
    # every table starts with the batch that it came from (include/contracts/typed.py)
    columns = ", ".join(f'cast("{column.name}" as {column.type}) as "{column.name}"' for column in TABLES[table][1:])
    columns = f"cast({quoted(batch_id)} as varchar) as batch_id, {columns}"
    connection.execute(f"copy (select {columns} from {source}) to {quoted(file)} (format parquet, compression zstd)")


def _nothing(table: str) -> str:
    columns = ", ".join(f'null as "{column.name}"' for column in TABLES[table])
    return f"(select {columns} where false)"


def _verified_rows(connection: duckdb.DuckDBPyConnection, table: str, file: Path) -> int:
    description = connection.execute(f"describe select * from {read_parquet(file)}").fetchall()
    found = [(row[0], row[1]) for row in description]
    declared = [(column.name, column.type) for column in TABLES[table]]
    if found != declared:
        raise ContractError(
            f"the table {table} was written as {found}, declared is {declared}",
            where=str(file),
            fix="this is a fault of the program, not of the data: nothing was published; please report it",
        )
    return _rows(connection, file)


def _rows(connection: duckdb.DuckDBPyConnection, file: Path) -> int:
    return int(connection.execute(f"select count(*) from {read_parquet(file)}").fetchall()[0][0])
