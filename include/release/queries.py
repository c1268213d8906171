"""SQL on the current release, read-only, and its answer as a table, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

import duckdb

from include.common.duck import shortage
from include.common.errors import EntangledError
from include.release.catalogue import folder_of, must_have_current
from include.release.opening import open_database, tables_in
from include.settings import Settings

Format = Literal["table", "csv", "json"]

# a text column narrower than this says nothing; other columns make room for it
_NARROWEST_TEXT, _WIDEST_TEXT, _LONGEST_HEADER = 24, 60, 12
# disk that a query may spill to, below the home
MOST_SPILLED = "4GB"
# rows of an answer: a person reads no more, and a program reads the Parquet files
MOST_ROWS = 1_000_000
_ROWS_AT_ONCE = 10_000
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
        headers = [_header(name) for name in self.columns]
        is_number = [self._is_number(place) for place in range(len(self.columns))]
        natural = [
            max(len(text) for text in (*headers[place], *(row[place] for row in cells)))
            for place in range(len(self.columns))
        ]
        widths, hidden = _fit(natural, is_number, width)

        def line(values: Sequence[str]) -> str:
            shown = (_cell(values[place], size, is_number[place]) for place, size in widths.items())
            return "  ".join(shown).rstrip()

        lines = [
            *(line([header[level] for header in headers]) for level in (0, 1)),
            "  ".join("-" * size for size in widths.values()),
            *(line(row) for row in cells),
            f"({len(self.rows):,} row{'' if len(self.rows) == 1 else 's'})",
        ]
        if hidden:
            names = ", ".join(self.columns[place] for place in hidden)
            lines.append(f"too wide to show: {names} (name the columns you want, or use --format csv)")
        return "\n".join(lines if lines[0] else lines[1:])

    def _is_number(self, place: int) -> bool:
        values = [row[place] for row in self.rows if row[place] is not None]
        return bool(values) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def run_query(settings: Settings, sql: str) -> QueryResult:
    """See `include.release.query`."""
    release = must_have_current(settings)
    # its folder, not the link: a switch while the query runs does not disturb it
    with open_database(settings, folder_of(settings, release)) as db:
        # no files, no network, no other databases: only this release can be read. Set once it is open, because DuckDB
        # looks for its log first, and below `what?` that is another folder. Locked, so that the SQL cannot take a limit
        # away, or have a profile of itself written
        db.execute(f"set max_temp_directory_size = '{MOST_SPILLED}'")
        db.execute("set enable_external_access = false")
        db.execute("set lock_configuration = true")
        too_long = threading.Timer(settings.query_seconds, db.interrupt)
        too_long.start()
        try:
            # after a first statement that had DuckDB log into a file, which it may not, a second one ends the process
            if len(duckdb.extract_statements(sql)) != 1:
                raise QueryError("that is not one query", where="SQL", fix="ask one question at a time")
            found = db.execute(sql)
            columns = tuple(column[0] for column in found.description or [])
            return QueryResult(columns, _all_rows(found, release.release_id))
        except duckdb.InterruptException:
            raise QueryError(
                f"the query took longer than {settings.query_seconds:g} seconds",
                where=f"release {release.release_id}",
                fix="ask for less, or set ENTANGLED_QUERY_SECONDS",
            ) from None
        except duckdb.Error as error:
            if lacking := shortage(str(error), settings.home / "tmp"):
                raise lacking from None
            raise _explained(db, error, release.release_id) from None
        finally:
            too_long.cancel()


def _all_rows(found: duckdb.DuckDBPyConnection, release_id: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    while some := found.fetchmany(_ROWS_AT_ONCE):
        rows += some
        if len(rows) > MOST_ROWS:
            raise QueryError(
                f"the answer has more than {MOST_ROWS:,} rows",
                where=f"release {release_id}",
                fix="add a limit, or read the Parquet files of the release (bi/README.md)",
            )
    return rows


def _explained(db: duckdb.DuckDBPyConnection, error: duckdb.Error, release_id: str) -> QueryError:
    unknown = _UNKNOWN_TABLE.search(str(error))
    if unknown is None:
        message = " ".join(line.strip() for line in str(error).split("\n\n")[0].splitlines())
        return QueryError(f"the query cannot be run: {message}", where=f"release {release_id}", fix="correct the SQL")
    tables = tables_in(db)
    near = get_close_matches(unknown[1], tables, n=3)
    fix = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(tables)}"
    return QueryError(f"there is no table {unknown[1]}", where=f"release {release_id}", fix=fix)


def _fit(natural: list[int], is_number: list[bool], width: int) -> tuple[dict[int, int], list[int]]:
    """Widths of the columns that are shown, by place, and the places that are not.

    Long texts are cut first, and get back what room is left; then columns are left out, longest texts first. The first
    text stays: it names the row.
    """
    widths = {place: min(size, _WIDEST_TEXT) for place, size in enumerate(natural)}

    def line() -> int:
        return sum(widths.values()) + 2 * (len(widths) - 1)

    def too_much() -> int:
        return max(0, line() - width)

    texts = [place for place in widths if not is_number[place]]
    by_size = sorted(texts, key=lambda place: -natural[place])
    numbers = [place for place in reversed(widths) if is_number[place]]
    hidden = []
    for place in [place for place in by_size if place != texts[0]] + numbers:
        if sum(min(size, _NARROWEST_TEXT) for size in widths.values()) + 2 * (len(widths) - 1) <= width:
            break
        del widths[place]
        hidden.append(place)
    for place in by_size:
        if place in widths:
            widths[place] -= min(max(0, widths[place] - _NARROWEST_TEXT), too_much())
    # what is left of the line goes to the texts that are cut, those that lack least first
    for place in reversed(by_size):
        if place in widths:
            widths[place] += min(natural[place] - widths[place], width - line())
    return widths, sorted(hidden)


def _header(name: str) -> tuple[str, str]:
    """A long name on two lines, cut at the underscore nearest to its middle."""
    places = [place for place, letter in enumerate(name) if letter == "_"]
    if len(name) <= _LONGEST_HEADER or not places:
        return "", name
    cut = min(places, key=lambda place: abs(2 * place - len(name)))
    return name[: cut + 1], name[cut + 1 :]


def _cell(value: str, width: int, is_number: bool) -> str:
    cut = value if len(value) <= width else value[: width - 1] + "…"
    return cut.rjust(width) if is_number else cut.ljust(width)


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"
    return " ".join(str(value).split())
