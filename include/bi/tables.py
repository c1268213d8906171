"""What dbt says of the published tables: columns, descriptions, metrics with their guards, formats and warnings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import yaml

from include.bi.spec import Pack
from include.common.errors import EntangledError
from include.release.ops import described_columns, description_of
from include.settings import REPOSITORY

_FOLDERS = ("bi", "marts")


@dataclass(frozen=True)
class TableColumn:
    """A column as Superset shall know it; `expression` is SQL for a column that the table itself does not have."""

    name: str
    type: str
    description: str
    expression: str | None = None


@dataclass(frozen=True)
class TableMetric:
    """A metric as Superset shall know it; `format` as d3 writes it."""

    name: str
    label: str
    expression: str
    description: str
    format: str
    warning: str


@dataclass(frozen=True)
class Table:
    """A published table with its columns by name, its metrics by name, and its time axis if it has one."""

    name: str
    description: str
    time: str | None
    columns: dict[str, TableColumn]
    metrics: dict[str, TableMetric]


@lru_cache(maxsize=1)
def _files() -> list[dict[str, list[dict[str, object]]]]:
    folder = REPOSITORY / "dbt_project" / "models"
    files = [file for name in _FOLDERS for file in sorted((folder / name).rglob("_*.yml"))]
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]


@lru_cache(maxsize=1)
def _models() -> dict[object, dict[str, object]]:
    return {model["name"]: model for file in _files() for model in file.get("models", [])}


@lru_cache(maxsize=1)
def _configurations() -> dict[object, object]:
    """What dbt's sources say of the tables that a release writes: their metrics."""
    tables = [table for file in _files() for source in file.get("sources", []) for table in source["tables"]]  # type: ignore[attr-defined]
    return {table["name"]: table.get("config", {}) for table in tables}


def used_tables(pack: Pack) -> dict[str, Table]:
    """The tables that charts and filters of the pack use, by name, with what the pack adds to them.

    Raises:
        EntangledError: a table, column or metric that is named does not exist.
    """
    names = {chart.dataset for chart in pack.charts.values()} | {
        one.dataset for one in pack.filters.values() if one.dataset
    }
    tables = {name: _table(name, pack) for name in sorted(names)}
    for chart_id, chart in pack.charts.items():
        table = tables[chart.dataset]
        unknown = [name for name in chart.column_names if name not in table.columns]
        unknown += [name for name in chart.metric_names if name not in table.metrics]
        if unknown:
            raise EntangledError(
                f"chart {chart_id} names what {chart.dataset} does not have: {', '.join(unknown)}",
                where="bi/superset/pack.yaml",
                fix="name columns and metrics of the model's YAML, or of `datasets` in that file",
            )
    return tables


def _written_by_the_release(name: str, pack: Pack) -> dict[str, object] | None:
    """A table of the release about itself, as dbt would describe it."""
    described = described_columns(name)
    if not described:
        return None
    types = pack.datasets[name].types if name in pack.datasets else {}
    if set(types) != set(described):
        raise EntangledError(
            f"`types` of {name} are not those of its columns: {', '.join(sorted(set(types) ^ set(described)))}",
            where="bi/superset/pack.yaml",
            fix="give each column of include/release/ops.py its type there",
        )
    columns = [{"name": column, "data_type": types[column], "description": text} for column, text in described.items()]
    return {"description": description_of(name), "columns": columns, "config": _configurations().get(name, {})}


def _table(name: str, pack: Pack) -> Table:
    model = _models().get(name) or _written_by_the_release(name, pack)
    if model is None:
        raise EntangledError(
            f"there is no published table {name}",
            where="bi/superset/pack.yaml",
            fix="name one of bi_*, mart_* or dim_*",
        )
    # what a mapping of YAML holds is known here and nowhere else
    config: dict = model.get("config", {})  # type: ignore[assignment,type-arg]
    meta: dict = config.get("meta", {})  # type: ignore[type-arg]
    added = pack.datasets.get(name)
    columns = {
        one["name"]: TableColumn(one["name"], one["data_type"].upper(), one["description"])
        for one in model["columns"]  # type: ignore[attr-defined]
    }
    metrics = {
        one["name"]: TableMetric(
            one["name"],
            one["verbose_name"],
            one["expression"],
            one["description"],
            one["d3format"],
            one.get("warning", ""),
        )
        for one in meta.get("metrics", [])
    }
    if added:
        columns |= {
            column: TableColumn(column, formula.type, formula.description, formula.expression)
            for column, formula in added.columns.items()
        }
        metrics |= {
            metric: TableMetric(metric, one.label, one.expression, one.description, one.format, one.warning)
            for metric, one in added.metrics.items()
        }
    time = (added.time if added else None) or meta.get("time_column")
    return Table(name, " ".join(str(model["description"]).split()), time, columns, metrics)
