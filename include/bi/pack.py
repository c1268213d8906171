"""Superset's files of bi/superset/pack.yaml and dbt's metadata: a database, datasets, charts, dashboards, fixed UUIDs.

The files are in git, so that they can be read, reviewed and imported without this program; a test fails when they are
not what this program makes. Side A and side B get their names when they are imported (serving.py).
"""

from __future__ import annotations

import uuid
import zlib
from pathlib import Path
from typing import Any

import yaml

from include.bi.forms import form_of, viz_type_of
from include.bi.layout import cross_filters, native_filters, position
from include.bi.spec import SUPERSET, Chart, Dashboard, Pack, read_pack
from include.bi.tables import Table, used_tables
from include.common.files import ensure_dir

ASSETS = SUPERSET / "assets"
DATABASE = "entangled"
# any fixed one: what is named the same keeps its UUID for ever
_NAMESPACE = uuid.UUID("5f0c9d0e-4c0e-5d7b-9b52-1f6a5f1f2a17")
_VERSION = "1.0.0"
# lengths of Superset's own tables
_LONGEST_LABEL = 1024

Json = dict[str, Any]


def fixed_uuid(kind: str, name: str) -> str:
    """The UUID of a thing of the pack, the same for ever."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}:{name}"))


def fixed_number(name: str) -> int:
    """A number for a chart within the files; Superset gives its own on import."""
    return zlib.crc32(name.encode()) % 1_000_000_000


def make_pack() -> dict[str, str]:
    """Every file by its path below assets/, as text."""
    pack = read_pack()
    tables = used_tables(pack)
    files: dict[str, Json] = {
        # a time that never changes: it is required and means nothing
        "metadata.yaml": {"version": _VERSION, "type": "assets", "timestamp": "2026-11-29T00:00:00+00:00"},
        f"databases/{DATABASE}.yaml": _database(),
    }
    files |= {f"datasets/{DATABASE}/{name}.yaml": _dataset(table) for name, table in tables.items()}
    files |= {f"charts/{name}.yaml": _chart(name, pack, tables) for name in pack.charts}
    files |= {f"dashboards/{one.slug}.yaml": _dashboard(one.slug, pack, tables) for one in pack.dashboards}
    return {path: _text(content) for path, content in files.items()}


def write_pack(folder: Path = ASSETS) -> list[str]:
    """Write the files and remove those that the pack has no more; returns the paths that changed."""
    made, changed = make_pack(), []
    for file in sorted(folder.rglob("*.yaml")) if folder.exists() else []:
        if str(file.relative_to(folder)) not in made:
            file.unlink()
            changed.append(str(file.relative_to(folder)))
    for path, text in made.items():
        file = folder / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            ensure_dir(file.parent)
            file.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


class _Indented(yaml.SafeDumper):
    """Lists stand below their names, as yamllint wants them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(content: Json) -> str:
    header = "# Made by `python -m include.bi pack` of ../pack.yaml and dbt's metadata: change those, not this.\n---\n"
    return header + yaml.dump(content, Dumper=_Indented, allow_unicode=True, sort_keys=True, width=1_000_000)


def _named(text: str) -> str:
    """The sides by their names."""
    return (
        text.replace("side A", "[[a]]").replace("side B", "[[b]]").replace("Side A", "[[a]]").replace("Side B", "[[b]]")
    )


def _database() -> Json:
    return {
        "database_name": DATABASE,
        # bi/superset/superset_config.py opens the current release in its place, for each connection anew
        "sqlalchemy_uri": "duckdb:///current/marts.duckdb?access_mode=READ_ONLY",
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_run_async": False,
        "allow_csv_upload": False,
        "expose_in_sqllab": True,
        "extra": {"engine_params": {}, "metadata_params": {}, "allows_virtual_table_explore": True},
        "is_managed_externally": True,
        "uuid": fixed_uuid("database", DATABASE),
        "version": _VERSION,
    }


def _dataset(table: Table) -> Json:
    return {
        "table_name": table.name,
        "schema": "main",
        "description": f"[[synthetic]]{_named(table.description)}",
        "main_dttm_col": table.time,
        "columns": [
            {
                "column_name": one.name,
                "verbose_name": _column_label(one.name),
                "description": _named(one.description),
                "type": one.type,
                "is_dttm": one.type in ("DATE", "TIMESTAMP"),
                "is_active": True,
                "groupby": True,
                "filterable": True,
                "expression": one.expression,
            }
            for one in table.columns.values()
        ],
        "metrics": [
            {
                "metric_name": one.name,
                "verbose_name": _named(one.label)[:_LONGEST_LABEL],
                "metric_type": None,
                "expression": one.expression,
                "description": _named(one.description),
                "d3format": one.format or None,
                "warning_text": None,
                "extra": {"warning_markdown": _named(one.warning)} if one.warning else {},
            }
            for one in table.metrics.values()
        ],
        "filter_select_enabled": True,
        "is_managed_externally": True,
        "database_uuid": fixed_uuid("database", DATABASE),
        "uuid": fixed_uuid("dataset", table.name),
        "version": _VERSION,
    }


_LABELS = {
    "reporter_name": "Country or group",
    "year_start": "Year",
    "month_start": "Month",
    "a_label": "Institution of [[a]]",
    "b_label": "Institution of [[b]]",
    "b_listed_category_name": "Listed category",
    "b_narrowest_definition_name": "Narrowest definition",
    "b_listed_bodies": "Listed bodies",
    "institutions_side_a": "Institutions of [[a]]",
    "institutions_side_b": "Institutions of [[b]]",
    "institution_label": "Institution",
    "papers_link": "Papers behind it",
    "published_text": "Published in 2023",
    "display_text": "This release",
    "rank_in_country_a": "Rank in its country",
    "sensitive_label": "The study calls it",
    "is_small_cell": "Fewer than 25 papers",
}


def _column_label(name: str) -> str:
    if name in _LABELS:
        return _LABELS[name]
    words = name.removesuffix("_name").removesuffix("_names").replace("_", " ")
    return words[:1].upper() + words[1:]


def _chart(name: str, pack: Pack, tables: dict[str, Table]) -> Json:
    chart = pack.charts[name]
    return {
        "slice_name": chart.title,
        # for who opens the chart by itself
        "description": "\n".join(filter(None, [chart.reading, *_measures(chart, tables[chart.dataset])])) or None,
        "viz_type": viz_type_of(chart),
        "params": form_of(chart, tables[chart.dataset]),
        "cache_timeout": None,
        "dataset_uuid": fixed_uuid("dataset", chart.dataset),
        "is_managed_externally": True,
        "uuid": fixed_uuid("chart", name),
        "version": _VERSION,
    }


def _measures(chart: Chart, table: Table) -> list[str]:
    """A line for each measure of the chart: what it is, as dbt defines it."""
    return [
        f"- **{one.label}**: {_named(one.description)}" for one in map(table.metrics.__getitem__, chart.metric_names)
    ]


def _definitions(dashboard: Dashboard, pack: Pack, tables: dict[str, Table]) -> list[str]:
    """What the dashboard measures, with the charts that show it: Superset's tool tips have no room for it.

    When a metric is null is for who makes charts, and stands with the metric.
    """
    shown: dict[tuple[str, str], list[str]] = {}
    for chart in (pack.charts[name] for name in dashboard.charts):
        for name in chart.metric_names:
            metric = tables[chart.dataset].metrics[name]
            told = metric.description.split(" Null unless ")[0]
            shown.setdefault((_named(metric.label), _named(told)), []).append(chart.title)
    return [f"- **{label}** ({'; '.join(titles)}): {told}" for (label, told), titles in sorted(shown.items())]


def _dashboard(slug: str, pack: Pack, tables: dict[str, Table]) -> Json:
    dashboard = next(one for one in pack.dashboards if one.slug == slug)
    numbers = {name: fixed_number(name) for name in dashboard.charts}
    uuids = {name: fixed_uuid("chart", name) for name in dashboard.charts}
    datasets = {name: fixed_uuid("dataset", name) for name in tables}
    return {
        "dashboard_title": dashboard.title,
        "description": dashboard.about,
        "slug": slug,
        "css": _CSS,
        "position": position(dashboard, pack, numbers, uuids, _definitions(dashboard, pack, tables)),
        "metadata": {
            "color_scheme": "entangled",
            "label_colors": _colours(pack, tables),
            "cross_filters_enabled": True,
            "native_filter_configuration": native_filters(dashboard, pack, tables, numbers, datasets),
            "chart_configuration": cross_filters(dashboard, pack, tables, numbers),
            "global_chart_configuration": {"scope": {"rootPath": ["ROOT_ID"], "excluded": []}, "chartsInScope": []},
            "refresh_frequency": 0,
            "timed_refresh_immune_slices": [],
        },
        "published": True,
        "is_managed_externally": True,
        "uuid": fixed_uuid("dashboard", slug),
        "version": _VERSION,
    }


def _colours(pack: Pack, tables: dict[str, Table]) -> dict[str, str]:
    """Colours by what Superset looks them up with: labels, and of metrics their names as well."""
    names = {
        metric.name: pack.colours[metric.label]
        for table in tables.values()
        for metric in table.metrics.values()
        if metric.label in pack.colours
    }
    return pack.colours | names


# The first line of a title is the title, what follows the reading line. The row of the release says what everybody must
# know, and needs no title.
_CSS = """
.dashboard-component-chart-holder .header-title {
  display: block; white-space: pre-line; max-height: none; overflow: visible; -webkit-line-clamp: unset;
}
.dashboard-component-chart-holder .header-title span,
.dashboard-component-chart-holder .header-title a {
  display: block; white-space: pre-line; overflow: visible;
  font-size: 12px; line-height: 1.35; font-weight: 400; color: #5a6068;
}
.dashboard-component-chart-holder .header-title span::first-line,
.dashboard-component-chart-holder .header-title a::first-line { font-size: 15px; font-weight: 600; color: #1b1f24; }
[data-test-chart-name="Release"] [data-test="slice-header"] { display: none; }
[data-test-chart-name="Release"] * { overflow: visible !important; }
"""
