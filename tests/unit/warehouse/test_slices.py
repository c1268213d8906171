"""Slices of tables of works (macros/engines/slices.sql): ranges of ids, of equal weight, that hold every work once."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from tests.unit.dbt_models import jinja, macro_text


@pytest.fixture
def typed(tmp_path: Path) -> Path:
    """The typed zone of a home whose name has braces, which dbt-duckdb reads doubled."""
    return tmp_path / "a{home}"


@pytest.fixture
def db(typed: Path) -> duckdb.DuckDBPyConnection:
    """2,000 works in a typed batch: the later half has nine authors each, the earlier none. Ids have 1 to 5 digits."""
    db = duckdb.connect()
    db.execute("create schema staging")
    db.execute("create table staging.stg_typed__batches as select '01A' as batch_id")
    (typed / "batch=01A").mkdir(parents=True)
    db.execute(
        "create table works as select 'W' || number * 7 as work_id, '01A' as batch_id,"
        " case when 'W' || number * 7 > 'W3' then 9 end as authors_count from range(2000) as t(number)"
    )
    db.execute(f"copy works to '{typed}/batch=01A/works.parquet'")
    return db


def _sql(call: str, typed: Path) -> str:
    environment = jinja(
        env_var=lambda _name: str(typed).replace("{", "{{").replace("}", "}}"), target=SimpleNamespace(threads=2)
    )
    return environment.from_string(macro_text("engines/slices") + "{{ " + call + " }}").render()


def _bounds(db: duckdb.DuckDBPyConnection, typed: Path, slices: int, is_counted: str = "true") -> list[str]:
    call = f'bounds_sql("{is_counted}", none, {slices})'
    return [bound for [bound] in db.execute(_sql(call, typed)).fetchall()]


def test_every_work_is_in_one_slice_and_slices_weigh_alike(db: duckdb.DuckDBPyConnection, typed: Path) -> None:
    bounds = _bounds(db, typed, 5)
    of_slice = _sql("of_slice()", typed)

    weights, seen = [], []
    for begin, end in zip([None, *bounds[1:]], [*bounds[1:], None], strict=True):
        for name, bound in (("slice_from", begin), ("slice_before", end)):
            db.execute(f"set variable {name} = '{bound}'" if bound else f"reset variable {name}")
        works = db.execute(f"select work_id, coalesce(authors_count, 0) + 1 from works where {of_slice}").fetchall()
        seen += [work for work, _ in works]
        weights.append(sum(weight for _, weight in works))

    assert len(bounds) == 5
    assert len(seen) == len(set(seen)) == 2000
    assert max(weights) - min(weights) <= 20


def test_there_are_no_more_slices_than_works(db: duckdb.DuckDBPyConnection, typed: Path) -> None:
    assert _bounds(db, typed, 50, "work_id in ('W7', 'W14')") == ["W14", "W7"]
    assert _bounds(db, typed, 50, "false") == []


def test_without_slices_every_row_is_there(db: duckdb.DuckDBPyConnection, typed: Path) -> None:
    (count,) = db.execute(f"select count(*) from works where {_sql('of_slice()', typed)}").fetchone() or (0,)
    assert count == 2000
