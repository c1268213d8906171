"""What `make changes` rests on: a comparison that sees every difference, and changes that find something to change."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from include.common.errors import EntangledError
from include.pipeline.changes import CHANGES, Outcome, compare, make_changes


def _tables(folder: Path, **tables: str) -> Path:
    folder.mkdir()
    for name, sql in tables.items():
        duckdb.execute(f"copy ({sql}) to '{folder}/{name}.parquet' (format parquet)")
    return folder


ONE = "select * from (values (1, 0.1 + 0.2, now()), (2, null, now())) as t(id, share, flattened_at)"


def test_the_same_rows_in_another_order_and_another_moment_are_equal(tmp_path: Path) -> None:
    one = _tables(tmp_path / "one", mart=ONE)
    other = _tables(
        tmp_path / "other",
        mart="select * from (values (2, null, null), (1, 0.3, null)) as t(id, share, flattened_at)",
    )
    assert compare(one, other) == (1, 2, [])


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"mart": f"{ONE} where id = 1"}, "mart: 1 rows are in the increment alone, 0 in the rebuild alone"),
        ({"mart": f"{ONE} union all {ONE}"}, "mart: 0 rows are in the increment alone, 2 in the rebuild alone"),
        ({"mart": ONE.replace("0.1 +", "0.2 +")}, "mart: 1 rows are in the increment alone, 1 in the rebuild alone"),
        ({"mart": ONE, "more": ONE}, "more is in one of them alone"),
    ],
    ids=["fewer", "twice", "another value", "another table"],
)
def test_every_difference_is_seen(tmp_path: Path, other: dict[str, str], said: str) -> None:
    _, _, differences = compare(_tables(tmp_path / "one", mart=ONE), _tables(tmp_path / "other", **other))
    assert differences == [said]


def test_a_change_that_nobody_knows_is_told_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(EntangledError, match="there is no change `a new moon`") as refused:
        list(make_changes(tmp_path, 0.01, ["a new moon"]))
    assert all(change.name in str(refused.value) for change in CHANGES)


def test_a_fault_stands_in_the_line() -> None:
    outcome = Outcome("a topic added", 30, 1000, ("the change is not seen in the marts",), 1.0, 1.0)
    assert outcome.line().endswith("NOT: the change is not seen in the marts")
