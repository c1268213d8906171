"""What people take away with them: the tables as CSV, and the dictionary that says what stands in them.

csv/<table>.csv.gz     every mart, dimension and bridge. Facts are in parquet/ only: they grow with the works, and
                       nobody opens millions of rows as text. A text that a spreadsheet would run as a formula has an
                       apostrophe before it; parquet/ and the database hold it as it is
dictionary.csv         one row a column: type, unit, description, and the table that it is of
dictionary.html        the same to read, with links to the files
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from include.common.clock import utc_now
from include.common.duck import connect, disk_errors
from include.common.files import ensure_dir, write_atomic
from include.common.pages import page_templates
from include.common.sql import quoted, read_parquet
from include.contracts.candidate import CandidateColumn, CandidateTable
from include.contracts.release import Release
from include.release.database import SYNTHETIC, marked, without_mark
from include.settings import Settings

_WITHOUT_CSV = "fct_"
_DICTIONARY = (
    "table_name",
    "column_number",
    "column_name",
    "column_type",
    "unit",
    "description",
    "is_in_key",
    "table_description",
    "row_count",
)
_NUMBERS = ("BIGINT", "INTEGER", "SMALLINT", "DOUBLE", "DECIMAL", "HUGEINT", "FLOAT")
# what spreadsheets take for the begin of a formula, the wide signs of East Asian ones too; after a blank as well
_FORMULA = r"^[\s\x{00A0}]*[=+\-@＝＋－＠]|^[\t\r\n]"
_NUMBER = r"[+-]?\d+([.,]\d+)*\s?%?"
# names say what they count (docs/METHOD.md); the first that fits
_UNITS = (
    (r"^(computed_|published_)?value$|^difference$", "what the column unit of the row says"),
    (r"share", "share, 0 to 1"),
    (r"growth|^relative_difference$", "rate, 0.5 is +50 %"),
    (r"cosine", "0 to 1"),
    (r"_index$", "index, first year is 100"),
    (r"intensity", "times what sizes make one expect"),
    (r"^fwci$", "times the average of field and year"),
    (r"(^|_)(latitude|longitude)$", "degrees"),
    (r"^(publication|first|last)_year$", "year"),
    (r"(^|_)rank(_|$)", "rank, 1 is most"),
    (r"_order$|_number$|_chunk$", "place in an order"),
    (r"^credit(_by_|$)|_credit$", "papers, in parts of 1"),
    (r"papers|^linked_", "papers"),
    (r"^partners$", "institutions"),
    (r"works", "works"),
    (r"records", "records"),
    (r"^cited_by", "citations"),
    (r"^(failures|checks)", "checks"),
    (r"^windows", "windows"),
    (r"^days", "days"),
    (r"^authors", "authors"),
    (r"^(of_)?items$", "items"),
    (r"^(awards|bodies|batches|credits|requests|sweeps|tables)$", r"\1"),
)


def is_number(column: CandidateColumn) -> bool:
    """Whether its values are numbers."""
    return column.type.upper().startswith(_NUMBERS)


def unit_of(column: CandidateColumn) -> str:
    """What the values of a column are in; empty for text."""
    kind = column.type.upper()
    if kind == "BOOLEAN":
        return "true or false"
    if kind.startswith("TIMESTAMP"):
        return "moment, UTC"
    if kind == "DATE":
        return "day"
    if not is_number(column):
        return ""
    for pattern, unit in _UNITS:
        found = re.search(pattern, column.name)
        if found:
            return found.expand(unit)
    return ""


def write_downloads(settings: Settings, folder: Path, release: Release) -> None:
    """Write csv/, dictionary.csv and dictionary.html of the release that is made in `folder`.

    Raises:
        StorageError: the disk is full or read-only.
    """
    write_csvs(settings, folder, release.tables)
    write_atomic(folder / "dictionary.csv", _dictionary_csv(release))
    write_atomic(folder / "dictionary.html", _dictionary_html(folder, release))


def write_csvs(settings: Settings, folder: Path, tables: Sequence[CandidateTable]) -> None:
    """Write csv/<table>.csv.gz from parquet/<table>.parquet, for tables that people open as text."""
    target = ensure_dir(folder / "csv")
    with connect(settings) as db, disk_errors(target):
        # rows as they were exported, moments as the dictionary says
        db.execute("set preserve_insertion_order = true")
        db.execute("set timezone = 'UTC'")
        for table in tables:
            if table.name.startswith(_WITHOUT_CSV):
                continue
            cells = ", ".join(map(_cell, table.columns))
            source = read_parquet(folder / "parquet" / f"{table.name}.parquet")
            file = quoted(target / f"{table.name}.csv.gz")
            db.execute(f"copy (select {cells} from {source}) to {file} (format csv, header, compression gzip)")


def _cell(column: CandidateColumn) -> str:
    """The SQL of a column for CSV: names come from the source, and one may begin as a formula does."""
    name = f'"{column.name}"'
    if column.type.upper() != "VARCHAR":
        return name
    runs = f"regexp_matches({name}, {quoted(_FORMULA)}) and not regexp_full_match({name}, {quoted(_NUMBER)})"
    return f"case when {runs} then chr(39) || {name} else {name} end as {name}"


def _dictionary_csv(release: Release) -> str:
    mark = SYNTHETIC if release.data_origin == "synthetic" else ""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_DICTIONARY)
    for table in release.tables:
        for number, column in enumerate(table.columns, start=1):
            of_column = (number, column.name, column.type, unit_of(column), column.description)
            in_key = str(column.name in key_of(table)).lower()
            writer.writerow((table.name, *of_column, in_key, marked(table.description, mark), table.rows))
    return text.getvalue()


def key_of(table: CandidateTable) -> list[str]:
    """The columns that name a row."""
    return [part.strip() for part in table.grain.split(",")]


def _dictionary_html(folder: Path, release: Release) -> str:

    def size_of(name: str) -> str:
        """`12 kB`; empty for a file that is not there."""
        file = folder / name
        return f"{max(1, round(file.stat().st_size / 1000)):,} kB" if file.is_file() else ""

    return (
        page_templates(Path(__file__).parent)
        .get_template("dictionary.html.j2")
        .render(
            release=release, unit_of=unit_of, key_of=key_of, size_of=size_of, about=without_mark, written_at=utc_now()
        )
    )
