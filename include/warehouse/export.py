"""Exports the candidate: the marts as Parquet, and what they were built from (include/contracts/candidate.py)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from include.common.clock import utc_now
from include.common.duck import disk_errors
from include.common.files import publish_dir, sha256_file, storage_errors
from include.common.sql import quoted
from include.contracts.candidate import CandidateColumn, CandidateTable, Lineage
from include.contracts.home import source_of
from include.contracts.reference import table_digests
from include.contracts.scope import ResolvedScope
from include.contracts.typed import TypedManifest
from include.settings import REPOSITORY, Settings
from include.warehouse.environment import manifest_file
from include.warehouse.errors import DbtFailed, WarehouseBroken
from include.warehouse.gate import judge_build
from include.warehouse.project import noted, reference_folder
from include.warehouse.state import alone, open_warehouse, require_input
from include.warehouse.works import typed_works

SYNTHETIC = "SYNTHETIC (invented data, says nothing about the world): "


@dataclass(frozen=True)
class _Mart:
    """A published model as the dbt manifest describes it."""

    name: str
    description: str
    grain: str
    columns: dict[str, str]
    view_sql: str = ""

    @property
    def order(self) -> str:
        # rows in the order of the grain, so that an unchanged table is the same file
        return ", ".join(f'"{column.strip()}"' for column in self.grain.split(","))


def export_candidate(settings: Settings, run_id: str) -> Lineage:
    """Write `build/<run_id>/` with every table of the schema `marts`, whole or not at all.

    Raises:
        GateFailed: gate 2 does not pass, so there is nothing to export.
        BusyError: another process works on the warehouse.
        EntangledError: the warehouse or the manifest cannot be read, or the disk is full.
    """
    with alone(settings):
        return _export(settings, run_id)


def _export(settings: Settings, run_id: str) -> Lineage:
    checks = judge_build(settings)
    batches = require_input(settings)
    final = settings.build_dir / run_id
    aside = settings.build_dir / f".{run_id}.making"
    with storage_errors(final):
        shutil.rmtree(aside, ignore_errors=True)
        (aside / "marts").mkdir(parents=True)
    try:
        with open_warehouse(settings) as warehouse:
            synthetic = any(batch.data_origin == "synthetic" for batch in batches)
            tables = tuple(
                _export_table(warehouse, mart, aside / "marts", synthetic) for mart in _marts(settings, warehouse)
            )
            lineage = _lineage(settings, run_id, batches, tables, warehouse, checks)
        shutil.copytree(reference_folder(settings), aside / "reference")
        # written last: a folder with a lineage is a whole candidate
        lineage.save(aside / "lineage.json")
        publish_dir(aside, final)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return lineage


def _marts(settings: Settings, warehouse: duckdb.DuckDBPyConnection) -> list[_Mart]:
    """The tables that stand in the schema `marts`, with their descriptions from the manifest."""
    file = manifest_file(settings)
    try:
        nodes: dict[str, Any] = json.loads(file.read_text())["nodes"]
    except (OSError, ValueError, KeyError):
        raise DbtFailed(
            "the dbt manifest cannot be read", where=str(file), fix="write it: python -m include.warehouse manifest"
        ) from None
    published = {
        key: node for key, node in nodes.items() if node["resource_type"] == "model" and node["schema"] == "marts"
    }
    views = _views(warehouse)
    described = {
        node["name"]: _Mart(
            name=node["name"],
            description=" ".join(node["description"].split()),
            grain=node["config"]["meta"]["grain"],
            columns={name: " ".join(column["description"].split()) for name, column in node["columns"].items()},
            # a view that reads published tables alone can be a view of the release as well
            view_sql=views.get(node["name"], "") if published.keys() >= {*node["depends_on"]["nodes"]} else "",
        )
        for node in published.values()
    }
    present = [
        row[0]
        for row in warehouse.execute(
            "select table_name from information_schema.tables where table_schema = 'marts' order by table_name"
        ).fetchall()
    ]
    # a table without a model is left over from an older project; it is not published
    return [described[name] for name in present if name in described]


def _views(warehouse: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """View of the schema `marts` -> its query, with the tables that it reads named without a schema."""
    found = warehouse.execute(
        "select view_name, sql, current_database() from duckdb_views() where schema_name = 'marts' and not internal"
    ).fetchall()
    return {
        name: re.sub(rf'"?{re.escape(database)}"?\."?marts"?\.', "", sql.split(" AS ", 1)[1].rstrip(";"))
        for name, sql, database in found
    }


def _export_table(warehouse: duckdb.DuckDBPyConnection, mart: _Mart, folder: Path, synthetic: bool) -> CandidateTable:
    file = folder / f"{mart.name}.parquet"
    with disk_errors(file):
        warehouse.execute(
            f'copy (select * from marts."{mart.name}" order by {mart.order}) '
            f"to {quoted(file)} (format parquet, compression zstd)"
        )
    columns = warehouse.execute(f'describe marts."{mart.name}"').fetchall()
    rows = warehouse.execute(f'select count(*) from marts."{mart.name}"').fetchone()
    return CandidateTable(
        name=mart.name,
        description=(SYNTHETIC if synthetic else "") + mart.description,
        grain=mart.grain,
        rows=int(rows[0]) if rows else 0,
        sha256=sha256_file(file),
        columns=tuple(
            CandidateColumn(name=name, type=kind, description=mart.columns.get(name, "")) for name, kind, *_ in columns
        ),
        view_sql=mart.view_sql,
    )


def _lineage(
    settings: Settings,
    run_id: str,
    batches: list[TypedManifest],
    tables: tuple[CandidateTable, ...],
    warehouse: duckdb.DuckDBPyConnection,
    checks: tuple[Any, ...],
) -> Lineage:
    scope = ResolvedScope.load(settings.resolved_scope_file)
    works = [batch for batch in batches if batch.entity == "works"]
    built = warehouse.execute(
        "select arg_max(invocation_id, started_at), arg_max(dbt_version, started_at) from ops.dbt_results "
        "where command = 'build'"
    ).fetchone()
    assert built is not None, "an aggregate always has a row"
    built_with = noted(settings)
    if built_with is None or not reference_folder(settings).is_dir():
        raise WarehouseBroken(
            "the warehouse does not say what it was built with",
            where=str(settings.warehouse_file),
            fix="build it anew: python -m include.warehouse build",
        )
    loaded = {table.name: table.rows for table in tables}["fct_works"]
    typed = typed_works(warehouse, settings, batches)
    return Lineage(
        run_id=run_id,
        built_at=utc_now(),
        data_origin=batches[0].data_origin,
        source=source_of(settings.home, batches[0].data_origin),
        scope_id=scope.scope_id,
        fetch_version=scope.fetch_version,
        flatten_version=built_with.flatten_version,
        count_version=built_with.count_version,
        duckdb_version=built_with.duckdb_version,
        models_sha256=built_with.models_sha256,
        scope_title=scope.title,
        batches=tuple(batch.batch_id for batch in batches),
        dbt_invocation_id=built[0],
        dbt_version=built[1],
        git_revision=_git_revision(),
        seeds_sha256=_sha256_of_csvs(settings.seeds),
        extra_lists_sha256=_sha256_of_csvs(settings.extra_lists) if settings.extra_lists else {},
        reference_sha256=table_digests(reference_folder(settings)),
        works_in=sum(batch.records_in for batch in works),
        works_loaded=loaded,
        works_quarantined=sum(batch.records_quarantined for batch in works),
        works_replaced=typed.replaced,
        works_vanished=typed.vanished,
        tables=tables,
        gate_2=checks,
    )


def _sha256_of_csvs(folder: Path) -> dict[str, str]:
    return {file.name: sha256_file(file) for file in sorted(folder.glob("*.csv"))}


def _git_revision() -> str:
    """The revision of the code, with `+` when files differ from it; empty without git."""
    try:
        revision, changed = (
            subprocess.run(
                ["git", "-C", str(REPOSITORY), *arguments], capture_output=True, text=True, check=True, timeout=10
            ).stdout.strip()
            for arguments in (["rev-parse", "--short=12", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return revision + ("+" if changed else "")
