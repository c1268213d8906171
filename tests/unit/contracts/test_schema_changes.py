"""What a release says of the tables and columns that came, went or changed since the one before."""

from __future__ import annotations

import pytest

from include.contracts.candidate import CandidateColumn, CandidateTable
from include.contracts.schema_changes import schema_changes


def table(
    name: str, columns: dict[str, str], description: str = "A table.", of_column: str = "A column."
) -> CandidateTable:
    made = tuple(CandidateColumn(name=column, type=kind, description=of_column) for column, kind in columns.items())
    return CandidateTable(name=name, description=description, grain="a", rows=1, sha256="", columns=made)


BEFORE = table("mart", {"a": "VARCHAR", "b": "BIGINT"})


def test_tables_that_are_alike_have_no_changes() -> None:
    # nor does the order of columns make one
    assert schema_changes([BEFORE], [table("mart", {"b": "BIGINT", "a": "VARCHAR"})]) == ()


def test_what_came_went_and_changed_is_told_by_table_and_column() -> None:
    now = [table("mart", {"a": "DOUBLE", "c": "DATE"}), table("new", {"a": "VARCHAR"})]
    changes = schema_changes([BEFORE, table("old", {"a": "VARCHAR"})], now)
    assert [change.words for change in changes] == [
        "mart.a is DOUBLE and was VARCHAR",
        "mart.b removed",
        "mart.c added",
        "new added",
        "old removed",
    ]
    assert [change.breaks_readers for change in changes] == [True, True, False, False, True]


@pytest.mark.parametrize(
    "before",
    [
        table("mart", {"a": "VARCHAR", "b": "BIGINT"}, of_column="Deprecated: c has the same."),
        table("mart", {"a": "VARCHAR", "b": "BIGINT"}, description="SYNTHETIC A table. Deprecated: new has the same."),
    ],
    ids=["column", "table"],
)
def test_what_was_announced_breaks_nobody(before: CandidateTable) -> None:
    assert [change.breaks_readers for change in schema_changes([before], [table("mart", {"a": "VARCHAR"})])] == [False]
