"""Superset's files: what the generator makes, true to the tables' contracts, and nothing in them is counted twice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from include.bi.forms import form_of
from include.bi.layout import cross_filters, reaches
from include.bi.pack import ASSETS, fixed_number, make_pack, write_pack
from include.bi.spec import Chart, TextMetric, read_pack
from include.bi.tables import Table, used_tables
from include.common.errors import EntangledError
from include.release.ops import described_columns
from include.settings import REPOSITORY

PACK = read_pack()
TABLES = used_tables(PACK)
CHARTS = sorted(PACK.charts)
# the countries of bi_reporter_year do not overlap as groups do, and each chart of it has one row a country
OF_COUNTRIES_ALONE = {"bi_reporter_year", "bi_pair"}
# choices that overlap: what may be added up only when one is chosen
SAME_AS = {"reporter_code": "reporter_name", "definition_step": "definition_name"}
OVERLAPPING = ("reporter_name", "definition_name", "basis_name", "counting_method_name", "selection_name")


def test_the_files_in_git_are_what_the_generator_makes() -> None:
    made = make_pack()
    there = {str(file.relative_to(ASSETS)): file.read_text(encoding="utf-8") for file in ASSETS.rglob("*.yaml")}
    assert sorted(there) == sorted(made), "python -m include.bi pack"
    assert [path for path in made if there[path] != made[path]] == [], "python -m include.bi pack"


def test_writing_the_files_removes_what_the_pack_has_no_more(tmp_path: Path) -> None:
    leftover = tmp_path / "charts" / "of_yesterday.yaml"
    leftover.parent.mkdir()
    leftover.write_text("uuid: x\n")
    assert "charts/of_yesterday.yaml" in write_pack(tmp_path)
    assert not leftover.exists()
    assert write_pack(tmp_path) == []


def test_there_are_five_dashboards_and_every_chart_stands_on_one() -> None:
    placed = [chart for dashboard in PACK.dashboards for chart in dashboard.charts]
    assert len(PACK.dashboards) == 5
    assert len(placed) >= 45
    assert sorted(placed) == CHARTS
    assert len({fixed_number(chart) for chart in CHARTS}) == len(CHARTS)


def test_titles_tell_the_charts_of_a_dashboard_apart() -> None:
    for dashboard in PACK.dashboards:
        titles = [PACK.charts[chart].title for chart in dashboard.charts]
        assert len(set(titles)) == len(titles), dashboard.slug


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_says_how_it_is_read(name: str) -> None:
    assert PACK.charts[name].reading or name.endswith("_release")


def test_every_dashboard_begins_with_the_release_and_the_banner() -> None:
    for dashboard in PACK.dashboards:
        first = PACK.charts[dashboard.charts[0]]
        assert {"banner", "release_id"} <= set(first.columns)
    banner = TABLES["bi_ops_release"].columns["banner"].expression
    assert "SYNTHETIC" in str(banner)


def _filters_on(name: str, column: str) -> list[str]:
    """The filters that have chosen one value of a column for a chart."""
    chart = PACK.charts[name]
    return [
        key
        for key in PACK.dashboard_of(name).filters
        if PACK.filters[key].column == column
        and PACK.filters[key].default
        and reaches(key, PACK.filters[key], chart, TABLES[chart.dataset])
    ]


@pytest.mark.parametrize("name", CHARTS)
def test_nothing_that_overlaps_is_added_up(name: str) -> None:
    """Of what overlaps a chart shows each one by itself, or a filter has chosen one."""
    chart = PACK.charts[name]
    for column in OVERLAPPING:
        if column not in TABLES[chart.dataset].columns:
            continue
        shown = {*chart.column_names, *(SAME_AS[name] for name in chart.column_names if name in SAME_AS)}
        is_shown = column in shown
        if column == "reporter_name" and chart.dataset in OF_COUNTRIES_ALONE:
            assert is_shown or chart.draw == "table", name
        else:
            assert is_shown or _filters_on(name, column), f"{name}: {column}"


@pytest.mark.parametrize("name", CHARTS)
def test_no_chart_mixes_countries_with_groups(name: str) -> None:
    chart = PACK.charts[name]
    if "reporter_kind" not in TABLES[chart.dataset].columns or chart.dataset == "bi_reporter_year":
        return
    only_countries = "reporter_kind = 'country'" in chart.where
    assert only_countries or _filters_on(name, "reporter_name"), name


@pytest.mark.parametrize("name", [name for name in CHARTS if PACK.charts[name].x == "year_start"])
def test_years_that_are_not_over_are_in_no_chart_by_year(name: str) -> None:
    table = TABLES[PACK.charts[name].dataset]
    conditions = {one.get("subject") for one in form_of(PACK.charts[name], table)["adhoc_filters"]}
    assert "is_complete_year" in conditions


@pytest.mark.parametrize("name", CHARTS)
def test_no_chart_averages_or_adds_up_shares(name: str) -> None:
    chart = PACK.charts[name]
    own = [metric.sql for metric in chart.metrics if isinstance(metric, TextMetric)]
    used = own + [TABLES[chart.dataset].metrics[metric].expression for metric in chart.metric_names]
    for expression in used:
        assert not re.search(r"\b(AVG|MEAN)\(", expression, re.IGNORECASE)
        assert not re.search(r"\bSUM\(\w*(share|rank)\w*\)", expression, re.IGNORECASE)


@pytest.fixture(scope="module")
def empty_tables() -> duckdb.DuckDBPyConnection:
    """Tables of the contracts' columns, without rows: enough to see that SQL fits them."""
    db = duckdb.connect()
    for table in TABLES.values():
        columns = ", ".join(f'"{one.name}" {one.type}' for one in table.columns.values() if one.expression is None)
        db.execute(f"create table {table.name} ({columns})")
    return db


def query_of(chart: Chart, table: Table) -> str:
    """The chart's query as Superset writes it, as far as names and types go."""

    def written(column: str) -> str:
        return table.columns[column].expression or f'"{column}"'

    metrics = [f"{table.metrics[name].expression}" for name in chart.metric_names]
    metrics += [metric.sql for metric in chart.metrics if isinstance(metric, TextMetric)]
    dimensions = [written(column) for column in chart.column_names]
    where = " and ".join(
        f"({'not ' if text.startswith('NOT ') else ''}{written(text.removeprefix('NOT '))})"
        if text.removeprefix("NOT ") in table.columns
        else f"({text})"
        for text in chart.where
    )
    query = f"select {', '.join(dimensions + metrics)} from {table.name}"
    query += f" where {where}" if where else ""
    if metrics and dimensions:
        query += f" group by {', '.join(map(str, range(1, len(dimensions) + 1)))}"
    return query + (f" having {' and '.join(chart.having)}" if chart.having else "")


@pytest.mark.parametrize("name", CHARTS)
def test_the_sql_of_a_chart_fits_the_contract(name: str, empty_tables: duckdb.DuckDBPyConnection) -> None:
    chart = PACK.charts[name]
    empty_tables.execute(query_of(chart, TABLES[chart.dataset])).fetchall()


@pytest.mark.parametrize("name", ["bi_work", "bi_work_institution", "bi_work_link"])
def test_a_title_does_not_become_part_of_the_page(name: str) -> None:
    expression = TABLES[name].columns["paper"].expression
    with duckdb.connect() as db:
        [[link]] = db.execute(
            f"select {expression} from (select '<script>alert(1)</script> & \"微\"' as title, 'W1' as work_id,"
            " 'https://doi.org/10.1/x' as doi_url, 'https://openalex.org/W1' as openalex_url)"
        ).fetchall()
    assert "<script" not in link and "&lt;script&gt;" in link and "&amp;" in link and "微" in link


def test_a_click_never_contradicts_a_filter() -> None:
    for dashboard in PACK.dashboards:
        numbers = {chart: fixed_number(chart) for chart in dashboard.charts}
        scopes = cross_filters(dashboard, PACK, TABLES, numbers)
        for clicked in dashboard.charts:
            excluded = scopes[str(numbers[clicked])]["crossFilters"]["scope"]["excluded"]
            assert numbers[clicked] in excluded
            if "reporter_name" in PACK.charts[clicked].column_names:
                governed = [chart for chart in dashboard.charts if _filters_on(chart, "reporter_name")]
                assert {numbers[chart] for chart in governed} <= set(excluded)


def test_filters_leave_alone_what_has_not_their_column() -> None:
    dashboard = next(one for one in PACK.dashboards if one.slug == "listed-bodies")
    written = yaml.safe_load(make_pack()["dashboards/listed-bodies.yaml"])
    filters: dict[str, dict[str, Any]] = {
        one["id"].removeprefix("NATIVE_FILTER-"): one for one in written["metadata"]["native_filter_configuration"]
    }
    assert list(filters) == list(dashboard.filters)
    assert fixed_number("listed_lists") in filters["definition"]["scope"]["excluded"]
    assert fixed_number("listed_years") not in filters["basis"]["scope"]["excluded"]
    assert filters["basis"]["defaultDataMask"]["filterState"]["value"] == ["today"]
    assert filters["basis"]["controlValues"] == filters["basis"]["controlValues"] | {
        "multiSelect": False,
        "enableEmptyFilter": True,
    }


def test_the_database_is_read_only_whoever_imports_it() -> None:
    database = yaml.safe_load(make_pack()["databases/entangled.yaml"])
    assert database["sqlalchemy_uri"].endswith("?access_mode=READ_ONLY")
    assert not (database["allow_dml"] or database["allow_ctas"] or database["allow_csv_upload"])


def test_the_exposure_names_the_tables_that_the_dashboards_read() -> None:
    file = REPOSITORY / "dbt_project" / "models" / "marts" / "_exposures.yml"
    exposures = {one["name"]: one for one in yaml.safe_load(file.read_text())["exposures"]}
    named = re.findall(r"ref\('(\w+)'\)", " ".join(exposures["superset_dashboards"]["depends_on"]))
    # what the release writes about itself is no model of dbt
    assert named == [name for name in TABLES if not described_columns(name)]


def test_a_chart_of_a_column_that_is_not_there_is_refused() -> None:
    chart = PACK.charts["overview_countries"].model_copy(update={"x": "reporter_nam"})
    with pytest.raises(
        EntangledError, match=r"overview_countries names what bi_reporter_year does not have: reporter_nam"
    ):
        used_tables(PACK.model_copy(update={"charts": {**PACK.charts, "overview_countries": chart}}))


def test_without_its_files_it_says_where_they_are(tmp_path: Path) -> None:
    with pytest.raises(EntangledError, match="not here") as told:
        read_pack.__wrapped__(tmp_path / "pack.yaml")
    assert "clone" in told.value.fix


def test_a_word_that_nothing_reads_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "pack.yaml"
    file.write_text("dashboards: []\ncharts: {a: {title: t, draw: bars, dataset: d, colour: red}}\n")
    with pytest.raises(EntangledError, match="colour"):
        read_pack.__wrapped__(file)
