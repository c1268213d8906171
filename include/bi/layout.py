"""Where charts stand on a dashboard, which filter reaches which chart, and what a click on one does to the others."""

from __future__ import annotations

import math
from typing import Any

from include.bi.spec import Chart, Dashboard, Filter, Pack, Row
from include.bi.tables import Table

Json = dict[str, Any]


# characters in a line of text over the whole width, and heights in units of 8 pixels
_LINE_CHARACTERS, _LINE_HEIGHT, _HEADING_HEIGHT = 170, 3, 10


def position(
    dashboard: Dashboard, pack: Pack, chart_ids: dict[str, int], uuids: dict[str, str], definitions: list[str]
) -> Json:
    """Superset's tree of components: rows of charts, then tabs of rows of charts; last what is measured."""
    root, grid = "ROOT_ID", "GRID_ID"
    nodes: Json = {
        "DASHBOARD_VERSION_KEY": "v2",
        root: {"type": "ROOT", "id": root, "children": [grid]},
        grid: {"type": "GRID", "id": grid, "children": [], "parents": [root]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": dashboard.title}},
    }

    def add(kind: str, name: str, parents: list[str], meta: Json, children: list[str] | None = None) -> str:
        node = f"{kind}-{dashboard.slug}-{name}"
        nodes[node] = {"type": kind, "id": node, "children": children or [], "parents": parents, "meta": meta}
        nodes[parents[-1]]["children"].append(node)
        return node

    def add_rows(rows: tuple[Row, ...], prefix: str, parents: list[str]) -> None:
        for number, row in enumerate(rows, start=1):
            there = add("ROW", f"{prefix}{number}", parents, {"background": "BACKGROUND_TRANSPARENT"})
            for placed in row.charts:
                chart = pack.charts[placed.id]
                meta = {
                    "chartId": chart_ids[placed.id],
                    "uuid": uuids[placed.id],
                    "sliceName": chart.title,
                    # Superset 6.1 never shows a chart's description by itself (it asks for description_markdown and has
                    # description_markeddown), so the reading line is the second line of the title; pack.py's CSS makes
                    # it small
                    "sliceNameOverride": f"{chart.title}\n{chart.reading}" if chart.reading else chart.title,
                    "width": placed.width,
                    "height": row.height,
                }
                add("CHART", placed.id, [*parents, there], meta)

    def add_text(text: str, name: str, height: int, parents: list[str]) -> None:
        there = add("ROW", name, parents, {"background": "BACKGROUND_TRANSPARENT"})
        add("MARKDOWN", name, [*parents, there], {"code": text, "width": 12, "height": height})

    measures = "\n".join(["#### What the measures mean", *definitions])
    height = _HEADING_HEIGHT + sum(_LINE_HEIGHT * math.ceil(len(line) / _LINE_CHARACTERS) for line in definitions)
    add_rows(dashboard.rows, "", [root, grid])
    if dashboard.note:
        add_text(dashboard.note, "note", 14, [root, grid])
    if dashboard.tabs:
        tabs = add("TABS", "tabs", [root, grid], {})
        for tab in dashboard.tabs:
            name = tab.title.lower()
            # the name is part of links: TAB-listed-bodies-papers
            there = add("TAB", name, [root, grid, tabs], {"text": tab.title})
            add_rows(tab.rows, f"{name}-", [root, grid, tabs, there])
        there = add("TAB", "measures", [root, grid, tabs], {"text": "Measures"})
        add_text(measures, "measures-text", height, [root, grid, tabs, there])
    else:
        add_text(measures, "measures-text", height, [root, grid])
    return nodes


def reaches(name: str, one: Filter, chart: Chart, table: Table) -> bool:
    """Whether a filter of the dashboard shall act on a chart."""
    if name in chart.ignores:
        return False
    return table.time is not None and table.time.endswith("_start") if one.time else one.column in table.columns


def native_filters(
    dashboard: Dashboard, pack: Pack, tables: dict[str, Table], chart_ids: dict[str, int], dataset_uuids: dict[str, str]
) -> list[Json]:
    """The dashboard's filters with what is chosen from the start; each is told the charts that it leaves alone."""
    return [
        _native_filter(
            name,
            pack.filters[name],
            [
                chart_ids[chart]
                for chart in dashboard.charts
                if not reaches(name, pack.filters[name], pack.charts[chart], tables[pack.charts[chart].dataset])
            ],
            dataset_uuids,
        )
        for name in dashboard.filters
    ]


def _native_filter(name: str, one: Filter, excluded: list[int], dataset_uuids: dict[str, str]) -> Json:
    written: Json = {
        "id": f"NATIVE_FILTER-{name}",
        "name": one.name,
        "description": one.about,
        "type": "NATIVE_FILTER",
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": excluded},
    }
    if one.time:
        return written | {
            "filterType": "filter_time",
            "targets": [{}],
            "controlValues": {"enableEmptyFilter": False},
            "defaultDataMask": {"extraFormData": {}, "filterState": {}},
        }
    assert one.column and one.dataset
    chosen: Json = {"extraFormData": {}, "filterState": {}}
    if one.default:
        chosen = {
            "extraFormData": {"filters": [{"col": one.column, "op": "IN", "val": [one.default]}]},
            "filterState": {"label": one.default, "value": [one.default]},
        }
    return written | {
        "filterType": "filter_select",
        "targets": [{"datasetUuid": dataset_uuids[one.dataset], "column": {"name": one.column}}],
        "controlValues": {
            # what overlaps is chosen one at a time, and always
            "multiSelect": one.default is None,
            "enableEmptyFilter": one.default is not None,
            "defaultToFirstItem": False,
            "inverseSelection": False,
            "searchAllOptions": one.default is None,
            "sortAscending": True,
        },
        "defaultDataMask": chosen,
    }


def cross_filters(dashboard: Dashboard, pack: Pack, tables: dict[str, Table], chart_ids: dict[str, int]) -> Json:
    """What a click on a chart acts on: every chart but itself and those for which a filter has chosen the same column.

    Two choices of one column would contradict each other and leave an empty chart.
    """
    configuration: Json = {}
    for chart_id in dashboard.charts:
        chosen = set(pack.charts[chart_id].column_names)
        contradicted = [
            chart_ids[other]
            for other in dashboard.charts
            if other == chart_id
            or any(
                one.column in chosen
                and one.default
                and reaches(name, one, pack.charts[other], tables[pack.charts[other].dataset])
                for name, one in ((name, pack.filters[name]) for name in dashboard.filters)
            )
        ]
        configuration[str(chart_ids[chart_id])] = {
            "id": chart_ids[chart_id],
            "crossFilters": {"scope": {"rootPath": ["ROOT_ID"], "excluded": contradicted}, "chartsInScope": []},
        }
    return configuration
