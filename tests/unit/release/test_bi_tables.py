"""What BI tools show of a release itself: checks of all gates, rows of each table, the release in one row."""

from __future__ import annotations

import duckdb
import pytest

from include.contracts.batch import NOT_CHECKED, Check
from include.contracts.finding import Accepted
from include.contracts.release import Release
from include.release.ops import add_bi_tables
from include.settings import Settings


def check(check_id: str, **changes: object) -> Check:
    told: dict[str, object] = {
        "check_id": check_id,
        "severity": "fail",
        "passed": True,
        "observed": "0 rows",
        "expected": "no rows that break it",
    }
    return Check.model_validate({**told, **changes})


@pytest.fixture
def db(settings: Settings, two: tuple[Release, Release]) -> duckdb.DuckDBPyConnection:
    """Of the second of two releases, whose gates found something of every kind."""
    first, second = two
    parquet = settings.releases_dir / second.release_id / "parquet"
    accepted = Accepted(reason="known")
    gates = {
        "gate_1": (check("volume", severity="warn", passed=False, observed="passed in 2 of 3 batches", value=1.0),),
        "gate_2": (check("works_loaded"), check("fresh", passed=False)),
        "gate_3": (
            check("invented_check", kind="judgement", passed=False, accepted=accepted, table="fct_works", value=7.0),
            check("few", observed=f"{NOT_CHECKED}there are no joint papers"),
        ),
    }
    tables = add_bi_tables([first, second.model_copy(update={"gates": gates})], parquet)
    found = duckdb.connect()
    for table in tables:
        found.execute(f"create table {table.name} as from '{parquet / table.name}.parquet'")
    return found


def test_checks_of_all_gates_are_rows_with_their_outcome(db: duckdb.DuckDBPyConnection) -> None:
    rows = db.execute(
        "select gate, check_id, outcome, observed_value, table_name, description, accepted_reason from bi_ops_check"
    ).fetchall()
    assert rows == [
        (1, "volume", "warned", 1.0, None, None, None),
        (2, "fresh", "failed", None, None, None, None),
        (2, "works_loaded", "passed", None, None, None, None),
        (3, "few", "not checked", None, None, None, None),
        (3, "invented_check", "accepted", 7.0, "fct_works", "A check.", "known"),
    ]


def test_rows_of_each_table_stand_beside_those_of_the_release_before(
    db: duckdb.DuckDBPyConnection, two: tuple[Release, Release]
) -> None:
    first, second = two
    rows = db.execute(
        "select release_id, is_latest, row_count, rows_before, change from bi_ops_table_rows "
        "where table_name = 'dim_country' order by published_at"
    ).fetchall()
    counts = [next(table.rows for table in each.tables if table.name == "dim_country") for each in two]
    # the second has one country more (conftest.py)
    assert counts[1] == counts[0] + 1
    assert rows == [
        (first.release_id, False, counts[0], None, None),
        (second.release_id, True, counts[1], counts[0], 1),
    ]


def test_a_release_is_one_row(db: duckdb.DuckDBPyConnection, two: tuple[Release, Release]) -> None:
    first, second = two
    assert db.execute(
        "select release_id, works_loaded, first_year, complete_to_year, previous_release_id from bi_ops_release"
    ).fetchall() == [(second.release_id, second.works_loaded, 2017, 2022, first.release_id)]
