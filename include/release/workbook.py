"""marts.xlsx: what fits of the BI layer and the marts in one Excel workbook, for who has a spreadsheet and no more.

The first sheet says which release it is, that its data is invented when it is, and what is left out and why; two more
say what columns and codes mean; then every table has a sheet. Texts stay texts: none is run as a formula or becomes a
link. The same release gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from include.common.duck import connect, disk_errors
from include.common.files import storage_errors
from include.common.sql import identifier, read_parquet
from include.contracts.candidate import CandidateColumn, CandidateTable
from include.contracts.release import Release
from include.release.database import SYNTHETIC, without_mark
from include.release.downloads import is_number, key_of, unit_of
from include.settings import Settings

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

WORKBOOK = "marts.xlsx"
ABOUT, DICTIONARY, DEFINITIONS = "About", "Dictionary", "Definitions"
# nobody scrolls further; whoever wants every row has CSV, Parquet and the database
MOST_ROWS = 20_000
# tables that say something by themselves, those made for readers first
_TELLING = ("bi_", "mart_")
# and those that say what the codes in them mean
_DEFINING = (
    "dim_military_definition",
    "dim_listing_basis",
    "dim_counting_method",
    "dim_work_selection",
    "dim_military_category",
    "dim_link_method",
    "dim_military_list",
    "dim_funder_class",
    "dim_funder_recognition",
)
# docs/METHOD.md in short
_TERMS = (
    ("paper", "A work whose primary topic is of the subject, of every type but paratext."),
    ("joint paper", "It has an author of side A and one of side B; one author with addresses on both sides is enough."),
    (
        "reporter",
        "A country of side A, or a group of countries. A group contains its countries: do not add the two up. A joint "
        "paper counts for each of its countries, so countries together have more papers than their group.",
    ),
    (
        "discloses funding",
        "The source names a funder or an award of the paper. Shares of funders are shares of these papers; how many "
        "papers disclose differs by country, publisher and year.",
    ),
    (
        "linked paper",
        "A body that is on a military or security list takes part in it. A listing is a statement of the list's "
        "publisher, not a finding about a paper, a person or a collaboration.",
    ),
    ("share", "A fraction, shown in per cent. Over several rows divide the sums: an average of shares is wrong."),
    ("is_small_cell", "True where a row rests on fewer than 25 papers: read its shares and growth with care."),
    ("is_complete_year", "The year was swept whole and has ended long enough ago; other years are still growing."),
    ("an empty cell", "Unknown, does not apply, or a text without words. It is never zero."),
)
# Excel's own limits; its calendar is a day off before March 1900
_NAME_LENGTH, _TEXT_LENGTH, _FIRST_DAY, _EXACT_BELOW = 31, 32_767, date(1900, 3, 1), 2**53
# what becomes a cell that is not there
_EMPTY = (None, "")
# what XML may not hold and xlsxwriter lets through
_NO_CHARACTERS = {0xFFFE: None, 0xFFFF: None}
_COUNT, _NUMBER, _DAY, _MOMENT = "#,##0", "#,##0.00", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
# how numbers of a unit look; the first that the unit begins with
_LOOKS = (("share", "0.0%"), ("rate", "+0.0%;-0.0%;0.0%"), ("year", "0"), ("what the column unit", "General"))
_ALARMING = "#B3261E"
# of columns, in characters; a button of the filter stands beside the name
_NARROWEST, _WIDEST, _BUTTON = 9, 50, 4
_ROWS_THAT_WIDEN = 200


@dataclass(frozen=True)
class LeftOut:
    """A table without a sheet, and why."""

    table: CandidateTable
    reason: str


def write_workbook(settings: Settings, folder: Path, release: Release) -> None:
    """Write marts.xlsx of the release that is made in `folder`, from its parquet/, if the settings want one.

    Raises:
        StorageError: the disk is full or read-only.
    """
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError

    if not settings.workbook_cells:
        return
    file = folder / WORKBOOK
    chosen, left_out = choose(release.tables, settings.workbook_cells)
    options = {
        "constant_memory": True,
        # beside it: what a kill leaves goes with the unfinished release
        "tmpdir": str(folder),
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with storage_errors(file), disk_errors(file), connect(settings) as db:
        # rows as they were exported
        db.execute("set preserve_insertion_order = true")
        try:
            with Workbook(str(file), options) as book:
                _Writer(book, db, folder / "parquet", release).write(chosen, left_out)
        except FileCreateError as error:
            # around what the operating system said
            raise error.args[0] from None


def choose(tables: Sequence[CandidateTable], most_cells: int) -> tuple[list[CandidateTable], list[LeftOut]]:
    """The tables that get a sheet and those that get none, each in the order of the sheets.

    The BI layer comes before the marts, and the smaller table before the larger until `most_cells` are spent.
    """
    telling = sorted((table for table in tables if table.name.startswith(_TELLING)), key=lambda one: one.name)
    taken, cells = set(), 0
    for table in sorted(telling, key=lambda one: (not one.name.startswith("bi_"), _cells_of(one))):
        if table.rows <= MOST_ROWS and cells + _cells_of(table) <= most_cells:
            taken.add(table.name)
            cells += _cells_of(table)
    no_room = f"no room: the tables of a workbook have {most_cells:,} cells at most, and smaller ones come first"
    left_out = [
        LeftOut(table, f"more than {MOST_ROWS:,} rows" if table.rows > MOST_ROWS else no_room)
        for table in telling
        if table.name not in taken
    ]
    return [table for table in telling if table.name in taken], left_out


def _cells_of(table: CandidateTable) -> int:
    return table.rows * len(table.columns)


def sheet_names(names: Iterable[str]) -> dict[str, str]:
    """Name of a table -> name of its sheet: no two alike, whatever their case, and none longer than Excel allows."""
    found: dict[str, str] = {}
    used = {name.lower() for name in (ABOUT, DICTIONARY, DEFINITIONS)}
    for name in names:
        sheet, number = name[:_NAME_LENGTH], 1
        while sheet.lower() in used:
            number += 1
            end = f"~{number}"
            sheet = name[: _NAME_LENGTH - len(end)] + end
        used.add(sheet.lower())
        found[name] = sheet
    return found


def text_of(value: object) -> str:
    """A value as text that a cell can hold: cut, with a mark, where Excel would refuse it."""
    text = str(value)
    if not text.isascii():
        text = text.translate(_NO_CHARACTERS)
    if text.startswith("<r>"):
        # xlsxwriter writes what stands between <r> and </r> unescaped, as a text with fonts of its own
        text = " " + text
    # Excel counts units of UTF-16, of which a character has one or two
    if len(text) > _TEXT_LENGTH // 2:
        units = text.encode("utf-16-le")
        if len(units) > 2 * _TEXT_LENGTH:
            mark = f" [cut, of {len(text):,} characters]"
            text = units[: 2 * (_TEXT_LENGTH - len(mark))].decode("utf-16-le", "ignore") + mark
    return text


@dataclass
class _Page:
    """A sheet that is written line after line: in constant memory xlsxwriter cannot go back."""

    sheet: Worksheet
    lines: int = 0

    def add(self, *cells: object, style: Format | None = None) -> int:
        """Write a line, numbers as numbers, everything else as text, nothing for None; returns its place."""
        for column, value in enumerate(cells):
            if isinstance(value, int):
                self.sheet.write_number(self.lines, column, value, style)
            elif value is not None:
                self.sheet.write_string(self.lines, column, text_of(value), style)
        self.lines += 1
        return self.lines - 1

    def add_list(self, head: Format, names: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
        """A sheet that is one list: its names stay in sight, and it can be filtered."""
        self.add(*names, style=head)
        for line in lines:
            self.add(*line)
        _keep_head(self.sheet, self.lines, len(names))


def _keep_head(sheet: Worksheet, lines: int, columns: int) -> None:
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(lines - 1, 1), columns - 1)


class _Writer:
    """Writes the sheets of one release."""

    def __init__(self, book: Workbook, db: duckdb.DuckDBPyConnection, parquet: Path, release: Release) -> None:
        self._book, self._db, self._parquet, self._release = book, db, parquet, release
        self._is_synthetic = release.data_origin == "synthetic"
        self._published_at = release.published_at.astimezone(UTC).replace(tzinfo=None)
        self._bold = book.add_format({"bold": True})
        self._head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8E8E8"})
        self._looks: dict[str, Format] = {}

    def write(self, chosen: Sequence[CandidateTable], left_out: Sequence[LeftOut]) -> None:
        names = sheet_names(table.name for table in chosen)
        self._book.set_properties(
            {
                "title": f"{'SYNTHETIC: ' if self._is_synthetic else ''}{self._release.scope_title}",
                "subject": f"release {self._release.release_id}",
                # not the moment of writing
                "created": self._published_at,
            }
        )
        self._write_about([(table, names[table.name]) for table in chosen], left_out)
        self._page(DICTIONARY, 30, 8, 34, 12, 26, 100, 8).add_list(
            self._head, ("table", "place", "column", "type", "unit", "description", "in key"), self._columns()
        )
        self._page(DEFINITIONS, 60, 30, 60, 130).add_list(
            self._head, ("of what", "code", "name", "definition"), self._definitions()
        )
        for table in chosen:
            self._write_table(names[table.name], table)
        if self._is_synthetic:
            for sheet in self._book.worksheets():
                sheet.set_tab_color(_ALARMING)
                sheet.set_header(f"&C&B{SYNTHETIC.strip()}")

    def _page(self, name: str, *widths: float) -> _Page:
        sheet = self._book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        # on paper
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return _Page(sheet)

    def _rows_of(self, table: str, select: str = "*") -> list[tuple[Any, ...]]:
        source = read_parquet(self._parquet / f"{table}.parquet")
        rows: list[tuple[Any, ...]] = self._db.execute(f"select {select} from {source}").fetchall()
        return rows

    def _write_about(self, shown: Sequence[tuple[CandidateTable, str]], left_out: Sequence[LeftOut]) -> None:
        release, page = self._release, self._page(ABOUT, 34, 12, 140)
        # rows do not grow by themselves here
        page.sheet.set_row(0, 24)
        page.add(release.scope_title, style=self._book.add_format({"bold": True, "font_size": 16}))
        if self._is_synthetic:
            alarm = {"bold": True, "font_size": 14, "font_color": "#FFFFFF", "bg_color": _ALARMING}
            page.sheet.set_row(1, 22)
            page.add(SYNTHETIC.strip(), "", "", style=self._book.add_format(alarm))
        versions = f"fetch {release.fetch_version}, flatten {release.flatten_version}, count {release.count_version}"
        for name, told in (
            ("release", release.release_id),
            ("published", f"{self._published_at:%Y-%m-%d %H:%M} UTC"),
            ("data", ", ".join(filter(None, (release.data_origin, release.source)))),
            ("scope", release.scope_id),
            ("versions", versions),
            ("works loaded", f"{release.works_loaded:,}"),
            ("what columns and codes mean", f"sheets {DICTIONARY} and {DEFINITIONS}"),
            ("licences and sources", "DATA_LICENSES.md of the project; each list names its publisher"),
        ):
            page.add(name, told)
        page.add()
        page.add("in this workbook", "rows", "what", style=self._bold)
        link = self._book.get_default_url_format()
        for table, sheet in shown:
            line = page.add(None, table.rows, without_mark(table.description))
            page.sheet.write_url(line, 0, f"internal:'{sheet}'!A1", link, table.name)
        page.add()
        page.add("left out", "rows", "why; parquet/ and marts.duckdb of the release have it", style=self._bold)
        for one in left_out:
            page.add(one.table.name, one.table.rows, one.reason)
        page.add("facts, dimensions, bridges", None, f"they are what these are made of; codes are in {DEFINITIONS}")

    def _columns(self) -> Iterator[tuple[object, ...]]:
        for table in self._release.tables:
            for place, column in enumerate(table.columns, start=1):
                in_key = "yes" if column.name in key_of(table) else None
                yield table.name, place, column.name, column.type, unit_of(column), column.description, in_key

    def _definitions(self) -> Iterator[tuple[object, ...]]:
        for term, meaning in _TERMS:
            yield "words", None, term, meaning
        tables = {table.name: table for table in self._release.tables}
        for name in _DEFINING:
            if name not in tables:
                continue
            columns = [column.name for column in tables[name].columns]
            order = next((column for column in columns if column.endswith("_order")), columns[0])
            label = next(column for column in columns if column.endswith("_name"))
            # of a list it is who says so
            told = next((column for column in columns if column in ("description", "publisher")), "null")
            code = key_of(tables[name])[0]
            of_what = without_mark(tables[name].description)
            picked = ", ".join((order, identifier(code), identifier(label), told))
            yield from ((of_what, *row[1:]) for row in sorted(self._rows_of(name, picked)))

    def _write_table(self, name: str, table: CandidateTable) -> None:
        rows = self._rows_of(table.name)
        sheet = self._book.add_worksheet(name)
        for place, column in enumerate(table.columns):
            told = max((len(str(row[place])) for row in rows[:_ROWS_THAT_WIDEN] if row[place] is not None), default=0)
            width = min(max(len(column.name) + _BUTTON, told + 1, _NARROWEST), _WIDEST)
            sheet.set_column(place, place, width, self._look(column))
            sheet.write_string(0, place, column.name, self._head)
        writers = [_writer(sheet, column) for column in table.columns]
        for line, row in enumerate(rows, start=1):
            for place, (value, write) in enumerate(zip(row, writers, strict=True)):
                if value not in _EMPTY:
                    write(line, place, value)
        _keep_head(sheet, len(rows) + 1, len(table.columns))
        # ids that are digits
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})

    def _look(self, column: CandidateColumn) -> Format | None:
        look = _look_of(column)
        if not look:
            return None
        if look not in self._looks:
            self._looks[look] = self._book.add_format({"num_format": look})
        return self._looks[look]


def _look_of(column: CandidateColumn) -> str:
    """Excel's number format of a column; empty for texts and truths."""
    kind = column.type.upper()
    if kind.startswith("TIMESTAMP"):
        return _MOMENT
    if kind == "DATE":
        return _DAY
    unit = unit_of(column)
    if kind in ("VARCHAR", "BOOLEAN") or not unit:
        return ""
    looks = (look for begin, look in _LOOKS if unit.startswith(begin))
    return next(looks, _NUMBER if kind in ("DOUBLE", "FLOAT") else _COUNT)


def _writer(sheet: Worksheet, column: CandidateColumn) -> Callable[[int, int, Any], object]:
    """What writes the values of a column into a sheet."""

    def write_text(line: int, place: int, value: object) -> None:
        sheet.write_string(line, place, text_of(value))

    def write_day(line: int, place: int, value: date) -> None:
        day = value.date() if isinstance(value, datetime) else value
        if day < _FIRST_DAY:
            write_text(line, place, value)
        else:
            sheet.write_datetime(line, place, value)

    def write_number(line: int, place: int, value: float) -> None:
        # false for what is no number, too
        if abs(value) < _EXACT_BELOW:
            sheet.write_number(line, place, value)
        else:
            write_text(line, place, value)

    def write_truth(line: int, place: int, value: bool) -> None:
        sheet.write_boolean(line, place, value)

    kind = column.type.upper()
    if kind == "BOOLEAN":
        return write_truth
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return write_day
    return write_number if is_number(column) else write_text
