"""How each kind of chart is drawn: Superset's form_data, as its own control panels write it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from include.bi.spec import Chart, TextMetric
from include.bi.tables import Table

Form = dict[str, Any]

_SCHEME = {"color_scheme": "entangled"}
_TIME = ("DATE", "TIMESTAMP")
# rows that a table shows without pages
_ONE_PAGE = 60
# rows that are not all sent to the browser
_MANY = 500
# ids, links and long texts get the width that they need; the others share the rest
_WIDTHS = {
    "paper": 300,
    "description": 420,
    "what_to_do": 320,
    "definition": 420,
    "figure": 320,
    "institutions_side_a": 260,
    "institutions_side_b": 260,
}


def form_of(chart: Chart, table: Table) -> Form:
    """The form_data of a chart on a table, without what belongs to one installation (ids)."""
    viz_type, draw = _KINDS[chart.draw]
    form: Form = {
        "viz_type": viz_type,
        "adhoc_filters": _filters(chart, table),
        "annotation_layers": [],
        "extra_form_data": {},
        "row_limit": chart.limit,
    }
    return form | draw(chart, table)


def viz_type_of(chart: Chart) -> str:
    """Superset's name of the kind of chart."""
    return _KINDS[chart.draw][0]


def _filters(chart: Chart, table: Table) -> list[Form]:
    """The chart's own conditions, and one on time that says nothing until the dashboard's years do."""
    conditions = list(chart.where)
    if chart.x == "year_start" and "is_complete_year" in table.columns and "is_complete_year" not in conditions:
        # a year that is not over would look like a fall
        conditions.append("is_complete_year")
    written = [_condition(text, table) for text in conditions] + [_sql("HAVING", text) for text in chart.having]
    if table.time:
        written.insert(
            0,
            {
                "clause": "WHERE",
                "comparator": "No filter",
                "expressionType": "SIMPLE",
                "operator": "TEMPORAL_RANGE",
                "subject": table.time,
            },
        )
    return written


def _condition(text: str, table: Table) -> Form:
    """`is_small_cell` and `NOT is_small_cell` as Superset's own conditions, which know formulas; the rest as SQL."""
    column = text.removeprefix("NOT ")
    if column not in table.columns:
        return _sql("WHERE", text)
    operator = "IS TRUE" if column == text else "IS FALSE"
    return {
        "clause": "WHERE",
        "expressionType": "SIMPLE",
        "subject": column,
        "operator": operator,
        "operatorId": operator.replace(" ", "_"),
        "comparator": None,
    }


def _sql(clause: str, text: str) -> Form:
    return {"clause": clause, "expressionType": "SQL", "sqlExpression": text}


def _metric(metric: str | TextMetric) -> str | Form:
    """A metric of the table by its name, or one in SQL with a label of its own."""
    if isinstance(metric, str):
        return metric
    return {
        "expressionType": "SQL",
        "sqlExpression": metric.sql,
        "label": metric.label,
        "hasCustomLabel": True,
        "optionName": f"metric_{metric.label}",
    }


def _metrics(chart: Chart) -> list[str | Form]:
    return [_metric(metric) for metric in chart.metrics]


def _format(name: str | None, table: Table) -> str:
    return table.metrics[name].format if name in table.metrics else "SMART_NUMBER"


def _first_format(chart: Chart, table: Table) -> str:
    if chart.format:
        return chart.format
    first = chart.metrics[0]
    return _format(first if isinstance(first, str) else None, table)


def _number(chart: Chart, table: Table) -> Form:
    return {
        "metric": chart.metric,
        "y_axis_format": _format(chart.metric, table),
        "header_font_size": 0.4,
        "subheader_font_size": 0.15,
        "time_format": "%Y",
    }


def _trend_number(chart: Chart, table: Table) -> Form:
    return _number(chart, table) | {
        "x_axis": table.time,
        "time_grain_sqla": chart.grain,
        # the metric over all rows at once, because shares of years do not add up
        "aggregation": "raw" if chart.show == "all" else "LAST_VALUE",
        "show_trend_line": True,
        "start_y_axis_at_zero": True,
        "rolling_type": "None",
        "color_picker": {"r": 31, "g": 95, "b": 153, "a": 1},
        "show_timestamp": chart.show == "last",
    }


def _words(chart: Chart, table: Table) -> Form:
    form: Form = {
        "handlebarsTemplate": chart.template,
        "styleTemplate": "",
        "order_desc": bool(chart.sort and chart.sort.descending),
    }
    if not chart.metrics:
        return form | {"query_mode": "raw", "all_columns": list(chart.columns), "order_by_cols": []}
    form |= {"query_mode": "aggregate", "groupby": list(chart.columns), "metrics": _metrics(chart)}
    if chart.sort:
        own = {metric.label: metric for metric in chart.metrics if isinstance(metric, TextMetric)}
        form["timeseries_limit_metric"] = _metric(own.get(chart.sort.metric, chart.sort.metric))
    return form


def _axes(chart: Chart, table: Table) -> Form:
    """What bars and lines have in common: metrics over x, split in series."""
    assert chart.x is not None
    is_time = table.columns[chart.x].type in _TIME
    form: Form = {
        **_SCHEME,
        "x_axis": chart.x,
        "metrics": _metrics(chart),
        "groupby": list(chart.split),
        "order_desc": True,
        "rich_tooltip": True,
        "show_legend": bool(chart.split) or len(chart.metrics) > 1,
        "legendType": "plain",
        "legendOrientation": "top",
        "truncate_metric": True,
        "show_empty_columns": True,
        "x_axis_time_format": chart.axis_format,
        "tooltipTimeFormat": chart.axis_format,
        "y_axis_format": _first_format(chart, table),
        "sort_series_type": "sum",
        "y_axis_bounds": [0, None],
        "truncateYAxis": False,
        "limit": chart.series_limit,
        "x_axis_title_margin": 15,
        "y_axis_title_margin": 15,
    }
    if is_time:
        return form | {"time_grain_sqla": chart.grain}
    if chart.split:
        # bars of several series stand in the order of their names
        return form | {"xAxisForceCategorical": True}
    # the longest bar first: Superset draws horizontal bars from below
    return form | {
        "x_axis_sort": chart.x if chart.by_name else chart.metrics[0],
        "x_axis_sort_asc": chart.by_name or chart.horizontal,
        "xAxisForceCategorical": True,
    }


def _bars(chart: Chart, table: Table) -> Form:
    form = _axes(chart, table) | {
        "orientation": "horizontal" if chart.horizontal else "vertical",
        "show_value": not chart.split,
        "only_total": True,
        # every bar has its name
        "xAxisLabelInterval": "0" if chart.horizontal else "auto",
    }
    if chart.stack:
        form |= {"stack": "Stack", "contributionMode": "row" if chart.percent else None}
        if chart.percent:
            form |= {"y_axis_format": ".0%", "show_value": False}
    return form


def _lines(chart: Chart, table: Table) -> Form:
    form = _axes(chart, table) | {
        "seriesType": "line",
        "markerEnabled": True,
        "markerSize": 6,
        "opacity": 0.2,
    }
    if chart.series_limit:
        form["timeseries_limit_metric"] = chart.series_metric or chart.metrics[0]
    return form


def _bars_and_lines(chart: Chart, table: Table) -> Form:
    filters = _filters(chart, table)
    return {
        **_SCHEME,
        "x_axis": chart.x,
        "time_grain_sqla": chart.grain,
        "metrics": _metrics(chart),
        "groupby": [],
        "seriesType": "bar",
        # the lines would cross the numbers
        "show_value": False,
        "yAxisIndex": 0,
        "metrics_b": list(chart.lines),
        "groupby_b": [],
        "adhoc_filters_b": filters,
        "seriesTypeB": "line",
        "markerEnabledB": True,
        "markerSizeB": 8,
        "yAxisIndexB": 1,
        "row_limit_b": chart.limit,
        "order_desc": True,
        "order_desc_b": True,
        "truncate_metric": True,
        "truncate_metric_b": True,
        "rich_tooltip": True,
        "show_legend": True,
        "legendType": "plain",
        "legendOrientation": "top",
        "x_axis_time_format": chart.axis_format,
        "tooltipTimeFormat": chart.axis_format,
        "y_axis_format": _first_format(chart, table),
        "y_axis_format_secondary": _format(chart.lines[0], table),
        "y_axis_bounds": [0, None],
        "y_axis_bounds_secondary": [0, None],
        "x_axis_title_margin": 15,
        "y_axis_title_margin": 15,
    }


def _bubbles(chart: Chart, table: Table) -> Form:
    assert chart.x_metric and chart.y_metric
    return {
        **_SCHEME,
        "entity": chart.entity,
        "series": chart.series,
        "x": chart.x_metric,
        "y": chart.y_metric,
        "size": chart.size_metric,
        "max_bubble_size": "25",
        "opacity": 0.6,
        "order_desc": True,
        "show_legend": bool(chart.series),
        "legendType": "plain",
        "legendOrientation": "top",
        "logXAxis": chart.log_x,
        "xAxisFormat": _format(chart.x_metric, table),
        "y_axis_format": _format(chart.y_metric, table),
        "tooltipSizeFormat": _format(chart.size_metric, table),
        "x_axis_label": table.metrics[chart.x_metric].label,
        "y_axis_label": table.metrics[chart.y_metric].label,
        "x_axis_title_margin": 30,
        "y_axis_title_margin": 50,
        "y_axis_bounds": [None, None],
        "truncateXAxis": False,
    }


def _heat(chart: Chart, table: Table) -> Form:
    assert chart.x is not None
    form: Form = {
        "x_axis": chart.x,
        "groupby": chart.columns[0],
        "metric": chart.metric,
        "normalize_across": "heatmap",
        "normalized": False,
        "linear_color_scheme": "entangled_blue",
        "legend_type": "continuous",
        "show_legend": False,
        "show_values": True,
        "show_percentage": False,
        "sort_x_axis": "alpha_asc",
        # from above in the order of the alphabet
        "sort_y_axis": "alpha_desc",
        "left_margin": chart.left_margin or "auto",
        "bottom_margin": "auto",
        "xscale_interval": 1,
        "yscale_interval": 1,
        "x_axis_time_format": chart.axis_format,
        "y_axis_format": chart.format or _format(chart.metric, table),
        "value_bounds": [None, None],
    }
    if table.columns[chart.x].type in _TIME:
        form["time_grain_sqla"] = chart.grain
    if chart.x.endswith("_name"):
        # names are longer than their columns are wide
        form["xAxisLabelRotation"] = 20
    return form


def _tree(chart: Chart, table: Table) -> Form:
    return {
        **_SCHEME,
        "groupby": list(chart.columns),
        "metric": chart.metric,
        "label_type": "key_value",
        "number_format": _format(chart.metric, table),
        "show_labels": True,
        "show_upper_labels": True,
    }


def _flow(chart: Chart, table: Table) -> Form:
    source, target = chart.columns
    return {**_SCHEME, "source": source, "target": target, "metric": chart.metric, "sort_by_metric": True}


def _world(chart: Chart, table: Table) -> Form:
    return {
        "entity": chart.columns[0],
        "country_fieldtype": "cca3",
        "metric": chart.metric,
        "show_bubbles": False,
        "color_by": "metric",
        "linear_color_scheme": "entangled_blue",
        "y_axis_format": _format(chart.metric, table),
        "sort_by_metric": True,
    }


def _pivot(chart: Chart, table: Table) -> Form:
    return {
        "groupbyRows": list(chart.columns),
        "groupbyColumns": list(chart.across),
        "metrics": _metrics(chart),
        "metricsLayout": "COLUMNS",
        "aggregateFunction": "Sum",
        "rowTotals": True,
        "colTotals": True,
        "rowOrder": "key_a_to_z",
        "colOrder": "key_a_to_z",
        "valueFormat": _first_format(chart, table),
        "order_desc": True,
    }


def _table(chart: Chart, table: Table) -> Form:
    names = [name for name in chart.metrics if isinstance(name, str)]
    form: Form = {
        "table_timestamp_format": "%Y-%m-%d",
        # links are formulas of bi/superset/pack.yaml, which escape what a record may hold
        "allow_render_html": True,
        "include_search": True,
        "page_length": 20 if chart.limit > _ONE_PAGE else 0,
        "show_cell_bars": True,
        "color_pn": False,
        "align_pn": False,
        "column_config": {
            name: {"d3NumberFormat": table.metrics[name].format, "showCellBars": not name.endswith(("_low", "_high"))}
            for name in names
        }
        | {name: {"columnWidth": _WIDTHS[name]} for name in chart.columns if name in _WIDTHS}
        # a year is no quantity
        | {name: {"d3NumberFormat": "d", "showCellBars": False} for name in chart.columns if name.endswith("_year")},
    }
    if chart.limit >= _MANY:
        # the whole table, page by page from the server
        form |= {"server_pagination": True, "server_page_length": 20}
    if not chart.metrics:
        order = [json.dumps([chart.order.column, not chart.order.descending])] if chart.order else []
        return form | {"query_mode": "raw", "all_columns": list(chart.columns), "order_by_cols": order}
    form |= {
        "query_mode": "aggregate",
        "groupby": list(chart.columns),
        "metrics": _metrics(chart),
        "percent_metrics": [],
    }
    if chart.sort:
        form |= {"timeseries_limit_metric": chart.sort.metric, "order_desc": chart.sort.descending}
    return form


_KINDS: dict[str, tuple[str, Callable[[Chart, Table], Form]]] = {
    "number": ("big_number_total", _number),
    "trend_number": ("big_number", _trend_number),
    "words": ("handlebars", _words),
    "bars": ("echarts_timeseries_bar", _bars),
    "lines": ("echarts_timeseries_line", _lines),
    "bars_and_lines": ("mixed_timeseries", _bars_and_lines),
    "bubbles": ("bubble_v2", _bubbles),
    "heat": ("heatmap_v2", _heat),
    "tree": ("treemap_v2", _tree),
    "flow": ("sankey_v2", _flow),
    "world": ("world_map", _world),
    "pivot": ("pivot_table_v2", _pivot),
    "table": ("table", _table),
}
