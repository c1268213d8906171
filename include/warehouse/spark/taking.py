"""Takes the tables that Spark wrote as Parquet into the warehouse file, with the types of their contracts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from include.common.clock import utc_now
from include.common.duck import connect, disk_errors
from include.common.errors import EntangledError
from include.common.ids import new_ulid
from include.common.sql import identifier, read_parquet_of
from include.settings import Settings


def take_tables(settings: Settings, manifest: Path, folder: Path) -> None:
    """Make the warehouse file anew from `folder/tables/<schema>.db/<model>` and `folder/views/<schema>/<model>`.

    Raises:
        StorageError: the disk is full.
        EntangledError: a table lacks a column of its contract, or holds what its type does not.
    """
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    file = settings.warehouse_file
    aside = file.with_name(f".{file.name}.taking")
    aside.unlink(missing_ok=True)
    with disk_errors(aside), connect(settings, aside) as db:
        # the moments of Spark are in UTC
        db.execute("set TimeZone = 'UTC'")
        for node in nodes:
            if node["resource_type"] == "model" and node["config"]["materialized"] != "ephemeral":
                _take(db, node, folder)
    file.with_name(f"{file.name}.wal").unlink(missing_ok=True)
    aside.replace(file)


def _take(db: duckdb.DuckDBPyConnection, node: dict[str, Any], folder: Path) -> None:
    schema, name = node["schema"], node["name"]
    is_view = node["config"]["materialized"] == "view"
    made = folder / "views" / schema / name if is_view else folder / "tables" / f"{schema}.db" / name
    contract = {column["name"]: column["data_type"] for column in node["columns"].values() if column["data_type"]}
    columns = ", ".join(f"cast({identifier(one)} as {kind}) as {identifier(one)}" for one, kind in contract.items())
    db.execute(f"create schema if not exists {identifier(schema)}")
    try:
        db.execute(
            f"create table {identifier(schema)}.{identifier(name)} as "
            f"select {columns or '*'} from {read_parquet_of(made, '*.parquet')}"
        )
    except (duckdb.BinderException, duckdb.ConversionException, duckdb.CatalogException) as error:
        raise EntangledError(
            f"{schema}.{name} of Spark is not what its contract says: {str(error).splitlines()[0]}",
            where=str(made),
            fix="compare the model with its contract; the warehouse is as it was",
        ) from None


def note_results(settings: Settings, results: list[dict[str, Any]]) -> None:
    """Note in `ops.dbt_results` what dbt said of the models on Spark, as one build with the tests that ran last."""
    build, now = new_ulid(), utc_now()
    with connect(settings, settings.warehouse_file) as db:
        db.execute(
            "update ops.dbt_results set invocation_id = ?, command = 'build', started_at = ?", [build, now]
        )
        db.executemany(
            "insert into ops.dbt_results "
            "select ?, 'build', max(dbt_version), ?, ?, split_part(?, '.', 1), 'error', ?, ?, ?, ? from ops.dbt_results",
            [
                [build, now, *[result["unique_id"]] * 2]
                + [str(result["status"]), result["failures"], result["message"], result["execution_time"]]
                for result in results
            ],
        )
