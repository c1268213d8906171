"""What Spark reads: the typed batches and the affiliation matches in place, the rest as Parquet that DuckDB writes.

The sources of the models say in their metadata where DuckDB reads them (`external_location`); a list of your own is
part of its reference table here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from include.common.duck import connect
from include.common.files import ensure_dir
from include.common.plain import plain_path
from include.common.sql import quoted, read_csv
from include.settings import Settings
from include.warehouse.environment import manifest_file

Sources = dict[str, dict[str, str]]


def write_inputs(settings: Settings, folder: Path) -> Sources:
    """Write to `folder` what Spark cannot read in place; database -> table -> glob of its Parquet files."""
    manifest: dict[str, Any] = json.loads(manifest_file(settings).read_text(encoding="utf-8"))
    places = {
        "typed": (settings.typed_zone, "batch=*"),
        "affiliations": (settings.affiliations, "part=*"),
    }
    sources: Sources = {}
    with connect(settings) as db:
        for source in manifest["sources"].values():
            if "external_location" not in source["config"]["meta"]:
                # what a release holds beside the marts, named here for its description alone
                continue
            database, name = source["source_name"], source["name"]
            if database in places and any(places[database][0].glob("*")):
                zone, parts = places[database]
                files = str(plain_path(zone) / parts / f"{name}.parquet")
            else:
                files = str(ensure_dir(folder / database) / f"{name}.parquet")
                _copy(db, settings, source, files)
            sources.setdefault(database, {})[name] = files
    return sources


def _copy(db: duckdb.DuckDBPyConnection, settings: Settings, source: dict[str, Any], file: str) -> None:
    # as dbt-duckdb formats it
    location = source["config"]["meta"]["external_location"].format(name=source["name"])
    rows = f"select * from {location}"
    own = settings.extra_lists / f"{source['name']}.csv" if settings.extra_lists else None
    if source["source_name"] == "reference" and own is not None and own.is_file():
        rows += f" union all by name select * from {read_csv(own)}"
    db.execute(f"copy ({rows}) to {quoted(file)} (format parquet)")
