"""Every chart and every metric gives the same answer on Postgres as on marts.duckdb, on a release of the pipeline."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import duckdb
import psycopg2
import pytest
from psycopg2.extensions import connection
from pydantic import SecretStr

from include import release
from include.bi.spec import read_pack
from include.bi.tables import used_tables
from include.pipeline.local_postgres import local_postgres
from include.release import open_current
from tests.shared import Shelf, home_settings
from tests.unit.bi.test_pack import query_of

pytestmark = pytest.mark.verify

PACK = read_pack()
TABLES = used_tables(PACK)
# ages against the clock
_NOW, _THEN = "CURRENT_TIMESTAMP", "CAST('2026-12-01' AS TIMESTAMP)"


@pytest.fixture(scope="module")
def both(shelf: Shelf, released_corpus: Any) -> Iterator[tuple[duckdb.DuckDBPyConnection, connection]]:
    """The same release opened as a file and in Postgres, as Superset opens it there."""
    settings = home_settings(shelf.released_home(), released_corpus)
    with local_postgres() as server:
        address = server.make_database("charts")
        release.serve(settings.model_copy(update={"publish_postgres": SecretStr(address)}))
        options = "-c search_path=marts -c timezone=utc"
        with closing(psycopg2.connect(address, options=options)) as database, open_current(settings) as db:
            database.autocommit = True
            yield db, database


def _rows(both: tuple[duckdb.DuckDBPyConnection, connection], query: str) -> list[list[tuple[Any, ...]]]:
    db, database = both
    with database.cursor() as cursor:
        cursor.execute(query.replace("[[side_a]]", "side A"))
        there = cursor.fetchall()
    here = db.execute(query.replace("[[side_a]]", "side A")).fetchall()
    return [sorted([tuple(map(_plain, row)) for row in rows], key=_names_then_numbers) for rows in (here, there)]


def _plain(value: Any) -> Any:
    """Numbers of any kind as one kind; moments without their zone, which is UTC."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        return value if math.isnan(value) else float(value)
    return value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value


def _names_then_numbers(row: tuple[Any, ...]) -> tuple[list[str], list[float]]:
    """The order of rows: a number that differs in its last digit moves no row before another."""
    numbers = [value for value in row if isinstance(value, float)]
    return [repr(value) for value in row if not isinstance(value, float)], numbers


def _assert_same(here: list[tuple[Any, ...]], there: list[tuple[Any, ...]]) -> None:
    """Each row as the other's, numbers to a billionth: to round both first would part two that lie beside a half."""
    assert len(here) == len(there)
    different = [
        (ours, theirs)
        for ours, theirs in zip(here, there, strict=True)
        if not all(_is_same(*pair) for pair in zip(ours, theirs, strict=True))
    ]
    assert different == []


def _is_same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, float) and isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(ours) and math.isnan(theirs))
    return bool(ours == theirs)


@pytest.mark.parametrize("name", sorted(PACK.charts))
def test_a_chart_has_the_same_rows(both: tuple[duckdb.DuckDBPyConnection, connection], name: str) -> None:
    chart = PACK.charts[name]
    here, there = _rows(both, query_of(chart, TABLES[chart.dataset]).replace(_NOW, _THEN))
    _assert_same(here, there)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_metric_has_the_same_value(both: tuple[duckdb.DuckDBPyConnection, connection], table: str) -> None:
    metrics = [one.expression.replace(_NOW, _THEN) for one in TABLES[table].metrics.values()]
    if not metrics:
        return
    here, there = _rows(both, f"select {', '.join(metrics)} from {table}")
    _assert_same(here, there)
    keys = [column for column in ("reporter_code", "institution_id", "country_code") if column in TABLES[table].columns]
    if keys:
        here, there = _rows(both, f"select {keys[0]}, {', '.join(metrics)} from {table} group by 1")
        _assert_same(here, there)
