"""SQL on the current release, read-only, and its answer as a table, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

import duckdb

from include.common.errors import EntangledError
from include.release.catalogue import folder_of, must_have_current
from include.settings import Settings

Format = Literal["table", "csv", "json"]

# a text column narrower than this says nothing; other columns make room for it
_NARROWEST_TEXT, _WIDEST_TEXT = 24, 60
_UNKNOWN_TABLE = re.compile(r"Table with name (\S+) does not exist")


class QueryError(EntangledError):
    """The SQL cannot be run. Nothing was changed: releases are opened read-only."""

    exit_code = 2


@dataclass(frozen=True)
class QueryResult:
    """Names of the columns, and the rows."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def as_text(self, how: Format) -> str:
        """The result in one of the formats."""
        if how == "csv":
            return self._csv()
        if how == "json":
            records = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
            return json.dumps(records, indent=2, default=str, ensure_ascii=False)
        return self._table(shutil.get_terminal_size((160, 50)).columns)

    def _csv(self) -> str:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(self.rows)
        return text.getvalue().rstrip("\n")

    def _table(self, width: int) -> str:
        cells = [[_shown(value) for value in row] for row in self.rows]
        is_number = [self._is_number(place) for place in range(len(self.columns))]
        widths = [
            max([len(name), *(min(len(row[place]), _WIDEST_TEXT) for row in cells)])
            for place, name in enumerate(self.columns)
        ]
        places, hidden = _fit(widths, is_number, width)
        lines = [
            "  ".join(_cell(name, widths[place], is_number[place]) for place, name in _pick(self.columns, places)),
            "  ".join("-" * widths[place] for place in places),
            *(
                "  ".join(_cell(value, widths[place], is_number[place]) for place, value in _pick(row, places))
                for row in cells
            ),
        ]
        lines = [line.rstrip() for line in lines]
        lines.append(f"({len(self.rows):,} row{'' if len(self.rows) == 1 else 's'})")
        if hidden:
            names = ", ".join(self.columns[place] for place in hidden)
            lines.append(f"too wide to show: {names} (name the columns you want, or use --format csv)")
        return "\n".join(lines)

    def _is_number(self, place: int) -> bool:
        values = [row[place] for row in self.rows if row[place] is not None]
        return bool(values) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def run_query(settings: Settings, sql: str) -> QueryResult:
    """See `include.release.query`."""
    release = must_have_current(settings)
    # the folder itself, not the link: a switch while the query runs does not disturb it
    file = folder_of(settings, release) / "marts.duckdb"
    # no files, no network, no other databases: only this release can be read
    limits = {
        "threads": str(settings.threads),
        "memory_limit": settings.memory_limit,
        "enable_external_access": "false",
    }
    with duckdb.connect(str(file), read_only=True, config=limits) as db:
        try:
            found = db.execute(sql)
            columns = tuple(column[0] for column in found.description or [])
            return QueryResult(columns, found.fetchall())
        except duckdb.Error as error:
            raise _explained(db, error, release.release_id) from None


def _explained(db: duckdb.DuckDBPyConnection, error: duckdb.Error, release_id: str) -> QueryError:
    unknown = _UNKNOWN_TABLE.search(str(error))
    if unknown is None:
        message = " ".join(line.strip() for line in str(error).split("\n\n")[0].splitlines())
        return QueryError(f"the query cannot be run: {message}", where=f"release {release_id}", fix="correct the SQL")
    tables = [name for (name,) in db.execute("select table_name from duckdb_tables() order by all").fetchall()]
    near = get_close_matches(unknown[1], tables, n=3)
    fix = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(tables)}"
    return QueryError(f"there is no table {unknown[1]}", where=f"release {release_id}", fix=fix)


def _fit(widths: list[int], is_number: list[bool], width: int) -> tuple[list[int], list[int]]:
    """Which columns are shown and which are not. Long texts are cut first, then left out, the longest first."""
    shown, hidden = list(range(len(widths))), []

    def total() -> int:
        return sum(widths[place] for place in shown) + 2 * (len(shown) - 1)

    texts = sorted((place for place in shown if not is_number[place]), key=lambda place: -widths[place])
    for place in texts:
        spare = max(0, widths[place] - _NARROWEST_TEXT)
        widths[place] -= min(spare, max(0, total() - width))
    for place in sorted(shown[1:], key=lambda place: (is_number[place], -widths[place], -place)):
        if total() <= width:
            break
        shown.remove(place)
        hidden.append(place)
    return shown, sorted(hidden)


def _pick(values: Any, places: list[int]) -> list[tuple[int, str]]:
    return [(place, values[place]) for place in places]


def _cell(value: str, width: int, is_number: bool) -> str:
    cut = value if len(value) <= width else value[: width - 1] + "…"
    return cut.rjust(width) if is_number else cut.ljust(width)


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"
    return " ".join(str(value).split())
