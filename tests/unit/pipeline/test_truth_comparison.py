"""The comparison of marts with truth must see every kind of difference, or its `equal` is worth nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from include.pipeline.truth import compare_mart

GRAIN = ["country", "year"]
TRUTH = "select * from (values ('DE', 2017, 3, 0.5), ('FR', 2017, 0, null)) as t(country, year, papers, share)"


def _parquet(path: Path, query: str) -> Path:
    with duckdb.connect() as db:
        db.execute(f"copy ({query}) to '{path}' (format parquet)")
    return path


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    return _parquet(tmp_path / "mart_x.parquet", TRUTH)


def _compare(truth: Path, mart_query: str) -> tuple[str, ...]:
    return compare_mart(truth, _parquet(truth.with_name("mart.parquet"), mart_query), GRAIN).differences


def test_equal_marts_are_equal_whatever_the_order_and_further_columns(truth: Path) -> None:
    mart = f"select papers, share, year, country, 'note' as more from ({TRUTH}) order by country desc"
    result = compare_mart(truth, _parquet(truth.with_name("mart.parquet"), mart), GRAIN)
    assert result.differences == ()
    assert result.rows == 2


@pytest.mark.parametrize(
    "mart",
    [
        pytest.param(f"{TRUTH} where country = 'DE'", id="a row is missing"),
        pytest.param(f"{TRUTH} union all values ('IT', 2017, 1, 0.1)", id="a row too many"),
        pytest.param(f"select * replace (papers + 1 as papers) from ({TRUTH})", id="a count is off by one"),
        pytest.param(f"select * replace (share + 1e-6 as share) from ({TRUTH})", id="a share is off"),
        pytest.param(f"select * replace (coalesce(share, 0) as share) from ({TRUTH})", id="zero is not null"),
        pytest.param(f"select * replace (null::double as share) from ({TRUTH})", id="null is not a number"),
        pytest.param(f"select * exclude (share) from ({TRUTH})", id="a column is missing"),
        pytest.param(f"{TRUTH} union all {TRUTH}", id="every row twice"),
    ],
)
def test_every_kind_of_difference_is_seen(truth: Path, mart: str) -> None:
    assert _compare(truth, mart) != ()


def test_the_last_bits_of_a_sum_of_fractions_are_not_a_difference(truth: Path) -> None:
    assert _compare(truth, f"select * replace (share + 1e-13 as share) from ({TRUTH})") == ()
