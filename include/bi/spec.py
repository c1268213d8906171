"""bi/superset/pack.yaml, typed: which dashboards and charts there are. A name that nothing reads is an error."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from include.common.errors import EntangledError
from include.settings import REPOSITORY

SUPERSET = REPOSITORY / "bi" / "superset"
PACK_FILE = SUPERSET / "pack.yaml"

Draw = Literal[
    "number",
    "trend_number",
    "words",
    "bars",
    "lines",
    "bars_and_lines",
    "bubbles",
    "heat",
    "tree",
    "flow",
    "world",
    "pivot",
    "table",
]


class Strict(BaseModel):
    """Reads what it knows and refuses the rest."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TextMetric(Strict):
    """A metric of one chart alone, in SQL: a figure as text, for the charts of words."""

    label: str
    sql: str


class Sort(Strict):
    """Which metric orders the rows."""

    metric: str
    descending: bool = True


class Order(Strict):
    """Which column orders the rows of a table without metrics."""

    column: str
    descending: bool = False


class Chart(Strict):
    """A chart: what it shows, of which table, and how. `metric`s are names of the table's metrics."""

    title: str
    reading: str = ""
    draw: Draw
    dataset: str
    metric: str | None = None
    metrics: tuple[str | TextMetric, ...] = ()
    lines: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    across: tuple[str, ...] = ()
    x: str | None = None
    split: tuple[str, ...] = ()
    entity: str | None = None
    series: str | None = None
    x_metric: str | None = None
    y_metric: str | None = None
    size_metric: str | None = None
    log_x: bool = False
    horizontal: bool = False
    stack: bool = False
    percent: bool = False
    by_name: bool = False
    show: Literal["all", "last"] = "last"
    grain: str = "P1Y"
    axis_format: str = "%Y"
    left_margin: int | None = None
    format: str | None = None
    series_limit: int = 0
    series_metric: str | None = None
    where: tuple[str, ...] = ()
    having: tuple[str, ...] = ()
    ignores: tuple[str, ...] = ()
    sort: Sort | None = None
    order: Order | None = None
    limit: int = 1000
    template: str = ""
    may_be_empty: bool = False

    @property
    def metric_names(self) -> list[str]:
        """Every metric of the table that the chart uses, each once, in order."""
        named = [
            self.metric,
            *self.metrics,
            *self.lines,
            self.x_metric,
            self.y_metric,
            self.size_metric,
            self.series_metric,
        ]
        own = {metric.label for metric in self.metrics if isinstance(metric, TextMetric)}
        if self.sort and self.sort.metric not in own:
            named.append(self.sort.metric)
        return list(dict.fromkeys(name for name in named if isinstance(name, str)))

    @property
    def column_names(self) -> list[str]:
        """Every column that the chart groups by or shows, each once, in order."""
        named = [
            self.x,
            *self.columns,
            *self.across,
            *self.split,
            self.entity,
            self.series,
            self.order.column if self.order else None,
        ]
        return list(dict.fromkeys(name for name in named if name))


class Formula(Strict):
    """A column made of others of the same row."""

    type: str
    expression: str
    description: str


class Metric(Strict):
    """A metric of a table whose models have none in dbt."""

    label: str
    expression: str
    description: str
    format: str
    warning: str = ""


class Additions(Strict):
    """What a table lacks for the charts. `types`: of the columns of a table that the release itself writes."""

    time: str | None = None
    types: dict[str, str] = Field(default_factory=dict)
    columns: dict[str, Formula] = Field(default_factory=dict)
    metrics: dict[str, Metric] = Field(default_factory=dict)


class Filter(Strict):
    """A filter of a dashboard: one value of a column that is chosen from the start, or a range of years."""

    name: str
    about: str
    time: bool = False
    dataset: str | None = None
    column: str | None = None
    default: str | None = None


class Placed(Strict):
    """A chart in a row; twelve columns are the whole width."""

    id: str
    width: int = Field(ge=1, le=12)


class Row(Strict):
    """Charts side by side; `height` in units of 8 pixels."""

    height: int
    charts: tuple[Placed, ...]


class Tab(Strict):
    """A tab of a dashboard."""

    title: str
    rows: tuple[Row, ...]


class Dashboard(Strict):
    """A dashboard: rows above, then tabs if there are any."""

    slug: str
    title: str
    about: str
    filters: tuple[str, ...]
    note: str = ""
    rows: tuple[Row, ...]
    tabs: tuple[Tab, ...] = ()

    @property
    def charts(self) -> list[str]:
        """Ids of its charts, in reading order."""
        return [
            placed.id for rows in (self.rows, *(tab.rows for tab in self.tabs)) for row in rows for placed in row.charts
        ]


class Pack(Strict):
    """The whole file."""

    colours: dict[str, str]
    datasets: dict[str, Additions]
    filters: dict[str, Filter]
    header: dict[str, Any]
    dashboards: tuple[Dashboard, ...]
    charts: dict[str, Chart]

    def dashboard_of(self, chart_id: str) -> Dashboard:
        """The dashboard that the chart stands on."""
        return next(dashboard for dashboard in self.dashboards if chart_id in dashboard.charts)


@lru_cache(maxsize=1)
def read_pack(file: Path = PACK_FILE) -> Pack:
    """Read and check the file.

    Raises:
        EntangledError: it is not there, is no YAML, or says something that nothing reads.
    """
    if not file.exists():
        raise EntangledError(
            "the dashboards' files are not here",
            where=str(file),
            fix="run this in a clone of the repository; the image holds the pipeline alone",
        )
    try:
        return Pack.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise EntangledError(
            f"the dashboards' file cannot be used: {error}", where=str(file), fix="correct what is named"
        ) from None
