"""Takes the tables that Spark wrote as Parquet into the warehouse file, with the types of their contracts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from include.common.clock import utc_now
from include.common.duck import connect, disk_errors
from include.common.ids import new_ulid
from include.common.sql import identifier, read_parquet_of
from include.settings import Settings
from include.warehouse.errors import DbtFailed


def take_tables(settings: Settings, folder: Path, file: Path) -> None:
    """Make the DuckDB `file` anew from what dbt made on Spark: `folder/tables/<schema>.db/<model>` and, of views,
    `folder/views/<schema>/<model>`.

    Raises:
        StorageError: the disk is full.
        DbtFailed: a table lacks a column of its contract, or holds what the column's type does not.
    """
    nodes = json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"].values()
    aside = file.with_name(f".{file.name}.taking")
    aside.unlink(missing_ok=True)
    with disk_errors(aside), connect(settings, aside) as db:
        # the moments of Spark are in UTC
        db.execute("set TimeZone = 'UTC'")
        for node in nodes:
            made = _place(node, folder)
            # of the models that were chosen
            if node["resource_type"] == "model" and made.is_dir():
                _take(db, node, made)
    file.with_name(f"{file.name}.wal").unlink(missing_ok=True)
    aside.replace(file)


def _place(node: dict[str, Any], folder: Path) -> Path:
    if node["config"]["materialized"] == "view":
        return folder / "views" / str(node["schema"]) / str(node["name"])
    return folder / "tables" / f"{node['schema']}.db" / str(node["name"])


def _take(db: duckdb.DuckDBPyConnection, node: dict[str, Any], made: Path) -> None:
    schema, name = identifier(node["schema"]), identifier(node["name"])
    contract = {column["name"]: column["data_type"] for column in node["columns"].values() if column["data_type"]}
    columns = ", ".join(f"cast({identifier(one)} as {kind}) as {identifier(one)}" for one, kind in contract.items())
    db.execute(f"create schema if not exists {schema}")
    try:
        db.execute(f"create table {schema}.{name} as select {columns or '*'} from {read_parquet_of(made, '*.parquet')}")
    except (duckdb.BinderException, duckdb.ConversionException) as error:
        raise DbtFailed(
            f"{node['schema']}.{node['name']} of Spark is not what its contract says: {str(error).splitlines()[0]}",
            where=str(made),
            fix="compare the model with its contract; nothing is taken of this build",
        ) from None


def note_results(settings: Settings, results: list[dict[str, Any]]) -> None:
    """Note in `ops.dbt_results` what dbt said of the models on Spark, as one build with the tests that ran last.

    Of tests that dbt could not begin there is no such table: its own error says why.
    """
    build, now = new_ulid(), utc_now()
    with connect(settings, settings.warehouse_file) as db:
        if not db.execute("select 1 from duckdb_tables() where table_name = 'dbt_results'").fetchall():
            return
        db.execute("update ops.dbt_results set invocation_id = ?, command = 'build', started_at = ?", [build, now])
        ((version,),) = db.execute("select max(dbt_version) from ops.dbt_results").fetchall()
        for result in results:
            node = result["unique_id"]
            told = [result["status"], result["failures"], result["message"], result["execution_time"]]
            db.execute(
                "insert into ops.dbt_results values (?, 'build', ?, ?, ?, ?, 'error', ?, ?, ?, ?)",
                [build, version, now, node, node.split(".")[0], *told],
            )
