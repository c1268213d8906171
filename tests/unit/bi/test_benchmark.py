"""benchmarks/dashboards.py: what it asks, and of which tables. Superset and a million works are for a quiet machine."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include.bi.checking import Asked
from include.settings import REPOSITORY


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.syspath_prepend(str(REPOSITORY / "benchmarks"))
    return runpy.run_path(str(REPOSITORY / "benchmarks" / "dashboards.py"))


def test_every_statement_of_every_chart_is_asked_and_the_slowest_comes_first(
    benchmark: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "marts.duckdb"
    with duckdb.connect(str(file)) as db:
        db.execute("create table bi_work as from range(3)")
    slow = "select count(*) from range(3000000) as t(n) where hash(n) % 7 = 0"
    asked = [Asked("a: two", True, ("from main.bi_work", "from main.bi_work"), ()), Asked("b: slow", True, (slow,), ())]
    timings = benchmark["_ask"](file, benchmark["_distinct"]([*asked, *asked]), 5)
    assert [(one.question, one.rows) for one in timings] == [("b: slow", 1), ("a: two", 6)]
    assert timings[0].p95_ms > timings[1].p95_ms > 0


def test_what_only_a_release_has_comes_from_the_release_and_nothing_else(
    benchmark: dict[str, Any], tmp_path: Path
) -> None:
    many, release = tmp_path / "many.duckdb", tmp_path / "release.duckdb"
    with duckdb.connect(str(many)) as db:
        db.execute("create table bi_work as from range(1000)")
    with duckdb.connect(str(release)) as db:
        db.execute("create table bi_work as from range(3); create table bi_ops_check as select 'passed' as outcome")
    benchmark["_add_tables_of_release"](many, release)
    with duckdb.connect(str(many), read_only=True) as db:
        assert db.execute("select (select count(*) from bi_work), outcome from bi_ops_check").fetchall() == [
            (1000, "passed")
        ]
