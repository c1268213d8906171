"""The expectations of a table counted in DuckDB: for tables too large for a frame, and for what a failed one found."""

from __future__ import annotations

import duckdb

from include.audit.metrics import examples_of
from include.audit.suites import Expectation, TableSuite
from include.common.sql import identifier


def breaking_rows(db: duckdb.DuckDBPyConnection, table: TableSuite) -> dict[str, int]:
    """What each expectation says -> the rows that break it (of the number of rows: that number)."""
    source = identifier(table.table.name)
    conditions = {one.says: one.breaking for one in table.expectations if one.breaking}
    counted = ", ".join(["count(*)", *(f"count(*) filter (where {condition})" for condition in conditions.values())])
    # one pass over the table, and one more for its key
    (row,) = db.execute(f"select {counted} from {source}").fetchall()
    found = dict(zip(conditions, row[1:], strict=True))
    for one in table.expectations:
        if one.is_of_row_count:
            found[one.says] = row[0]
        elif not one.breaking:
            ((copies,),) = db.execute(f"select count(*) from (\n{_copies(table, one)}\n)").fetchall()
            found[one.says] = copies
    return found


def examples(db: duckdb.DuckDBPyConnection, table: TableSuite, expectation: Expectation) -> str:
    """A few of the rows that break an expectation, by their key and what is wrong in them."""
    if not expectation.breaking:
        return examples_of(db, _copies(table, expectation))
    grain = {column.strip(): identifier(column.strip()) for column in table.table.grain.split(",") if column.strip()}
    shown = ", ".join(f"{sql} as {identifier(name)}" for name, sql in {**expectation.columns, **grain}.items())
    source = identifier(table.table.name)
    return examples_of(db, f"select {shown} from {source} where {expectation.breaking}")


def _copies(table: TableSuite, expectation: Expectation) -> str:
    keys = ", ".join(map(identifier, expectation.columns))
    return f"select {keys}, count(*) as copies from {identifier(table.table.name)} group by all having count(*) > 1"
