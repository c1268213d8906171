"""Reads the pages of one batch into a table `record`, and what cannot be used into a table `quarantine`.

The fast way hands all pages to DuckDB at once, with declared types: 20,000 real works in half a second. It stops at the
first line that cannot be read, and does not know on which line a record stands. So a page with anything wrong in it is
taken back and read again line by line: its records are fitted to the types (fitting.py), and there the same reader
judges: the lines are halved until it accepts them or one line is left. Every line of every page ends in exactly one of
the two tables.
"""

from __future__ import annotations

import gzip
import logging
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb
import orjson

from include.common.errors import ContractError
from include.common.ids import short_openalex_id
from include.common.sql import quoted
from include.contracts.batch import Page
from include.flatten import sql
from include.flatten.fitting import Fitting
from include.flatten.raw import RawBatch
from include.flatten.redact import without_names
from include.flatten.source_fields import SOURCES

log = logging.getLogger("entangled")

# a work with 5,000 authors has a few megabytes; a longer line is quarantined, not read
LARGEST_RECORD_BYTES = 32 * 1024 * 1024
# what quarantine keeps of such a line
_KEPT_BYTES = 1024 * 1024

# a line of a page: its number (from 1) and its bytes
Line = tuple[int, bytes]

# DuckDB's message quotes the value and may cut it within a character; its Python client then cannot decode the message
_BAD_INPUT = (duckdb.InvalidInputException, duckdb.ConversionException, UnicodeDecodeError)


class Reading:
    """One batch on its way into the tables `record`, `fault` and `quarantine` of `connection`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, batch: RawBatch, scratch: Path) -> None:
        self._connection, self._batch, self._scratch = connection, batch, scratch
        self._entity = batch.manifest.entity
        self._source = SOURCES[self._entity]
        self._fitting = Fitting(connection, self._source.columns)
        self._pages = {page.file: page for page in batch.manifest.pages}
        self._read_by_line: set[str] = set()
        # pages that DuckDB cannot look at for a line that is too long: a copy without it
        self._copies: dict[str, Path] = {}

    def run(self) -> None:
        """Fill the tables."""
        self._make_tables()
        self._read_line_by_line(self._read_fast())
        while faulty := self._faulty_pages() - self._read_by_line:
            self._read_line_by_line(faulty)
        self._quarantine_faults()

    def unknown_fields(self) -> dict[str, int]:
        """Fields of the records that this version has never heard of, with the number of records that have them."""
        if not self._pages:
            return {}
        found = self._connection.execute(
            """
            select field, count(*)
            from (
                select unnest(json_keys(json)) as field
                from read_ndjson_objects(
                    $files, compression = 'gzip', ignore_errors = true, maximum_object_size = $largest
                )
            )
            where field not in (select unnest($known::varchar[]))
            group by field
            order by field
            """,
            {
                "files": [str(self._copies.get(file.name, file)) for file in self._batch.page_files],
                "largest": LARGEST_RECORD_BYTES,
                "known": self._source.known,
            },
        ).fetchall()
        return dict(found)

    def emptied_fields(self) -> dict[str, int]:
        """Fields with a value that cannot be read, or cannot be, and is left empty: in how many records.

        To be asked when the tables are made: what stands in `record` by then is typed.
        """
        own = sql.text(self._entity, "_emptied") if sql.has(self._entity, "_emptied") else _NOTHING_EMPTIED
        found = self._connection.execute(
            f"""
            select field, sum(records)
            from (
                select emptied.field, count(*) as records
                from emptied
                semi join record using (page_file, line_number)
                group by emptied.field
                union all
                {own}
            )
            where records > 0
            group by field
            order by field
            """
        ).fetchall()
        return {field: int(records) for field, records in found}

    def _make_tables(self) -> None:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in self._source.columns.items())
        self._connection.execute(f"create temp table record (page_file varchar, line_number bigint, {columns})")
        self._connection.execute("create temp table emptied (page_file varchar, line_number bigint, field varchar)")
        self._connection.execute(
            "create temp table fault (row_id bigint, record_id varchar, reason_code varchar, reason varchar)"
        )
        self._connection.execute(
            "create temp table quarantine (page_file varchar, line_number bigint, record_id varchar, "
            "reason_code varchar, reason varchar, record varchar)"
        )

    # the fast way

    def _read_fast(self) -> set[str]:
        """Read all pages; returns those that could not be read, or not as many records as the manifest says."""
        files = {file.name: str(file) for file in self._batch.page_files}
        unreadable: set[str] = set()
        if files:
            try:
                self._insert_pages(list(files.values()))
            except _BAD_INPUT:
                unreadable = {name for name, file in files.items() if not self._insert_page(file)}
        read = dict(self._connection.execute("select page_file, count(*) from record group by page_file").fetchall())
        return unreadable | {name for name, page in self._pages.items() if read.get(name, 0) != page.records}

    def _insert_page(self, file: str) -> bool:
        try:
            self._insert_pages([file])
        except _BAD_INPUT:
            return False
        return True

    def _insert_pages(self, files: list[str]) -> None:
        self._connection.execute(
            f"insert into record select parse_filename(filename), null, {self._names()} "
            f"from {self._reader('gzip', 'filename = true')}",
            [files],
        )

    # the careful way

    def _read_line_by_line(self, pages: set[str]) -> None:
        for name in sorted(pages):
            log.info("flatten: %s of batch %s is read line by line", name, self._batch.manifest.batch_id)
            self._connection.execute("delete from record where page_file = ?", [name])
            lines = self._set_aside_too_long(name, self._lines(self._pages[name]))
            if self._try_lines(name, lines) is not None:
                self._insert_lines(name, self._fitted(name, lines))
            self._read_by_line.add(name)

    def _set_aside_too_long(self, page_file: str, lines: list[Line]) -> list[Line]:
        too_long = [number for number, line in lines if len(line) > LARGEST_RECORD_BYTES]
        if not too_long:
            return lines
        reason = f"the record is longer than {LARGEST_RECORD_BYTES} bytes; its beginning is kept here"
        for number, line in lines:
            if number in too_long:
                kept_part = without_names(line[:_KEPT_BYTES], was_read=False)
                self._quarantine([(page_file, number, _id_in(line), "too_large", reason, kept_part)])
        kept = [(number, line) for number, line in lines if number not in too_long]
        self._copies[page_file] = self._scratch / page_file
        self._copies[page_file].write_bytes(gzip.compress(b"".join(line + b"\n" for _, line in kept)))
        return kept

    def _lines(self, page: Page) -> list[Line]:
        lines = gzip.decompress((self._batch.folder / page.file).read_bytes()).split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        if len(lines) != page.records:
            raise ContractError(
                f"the page holds {len(lines)} lines, and the manifest says {page.records}",
                where=str(self._batch.folder / page.file),
                fix="the batch was not written by this program; move its folder away and extract again",
            )
        return list(enumerate(lines, start=1))

    def _fitted(self, page_file: str, lines: Sequence[Line]) -> list[Line]:
        """The lines with what cannot be read left empty; records that cannot do without it are set aside."""
        kept, set_aside, emptied = [], [], []
        needed = self._source.needed
        for number, line in lines:
            fitted = self._fitting.fitted(line)
            why = [said for field, said in fitted.emptied.items() if needed is None or field in needed]
            if why:
                record = without_names(line, was_read=True)
                set_aside.append((page_file, number, _id_in(line), "wrong_type", why[0], record))
            else:
                kept.append((number, fitted.line))
                emptied += [(page_file, number, field) for field in fitted.emptied]
        if set_aside:
            self._quarantine(set_aside)
        if emptied:
            self._connection.execute(
                "insert into emptied select unnest(?::varchar[]), unnest(?::bigint[]), unnest(?::varchar[])",
                [list(column) for column in zip(*emptied, strict=True)],
            )
        return kept

    def _insert_lines(self, page_file: str, lines: Sequence[Line]) -> None:
        refusal = self._try_lines(page_file, lines)
        if refusal is None:
            return
        if len(lines) == 1:
            number, line = lines[0]
            code, reason = _explain(refusal) if line.lstrip()[:1] in (b"{", b"") else _NO_OBJECT
            self._quarantine([(page_file, number, _id_in(line), code, reason, without_names(line, was_read=False))])
            return
        middle = len(lines) // 2
        self._insert_lines(page_file, lines[:middle])
        self._insert_lines(page_file, lines[middle:])

    def _try_lines(self, page_file: str, lines: Sequence[Line]) -> str | None:
        """Insert all of `lines` or none; returns why they were refused, None when they were not."""
        if not lines:
            return None
        file = self._scratch / "lines.jsonl"
        file.write_bytes(b"\n".join(line for _, line in lines) + b"\n")
        self._connection.begin()
        try:
            # one small file, read in order: the n-th row is the n-th line
            inserted = self._connection.execute(
                f"insert into record select ?, list_extract(?::bigint[], row_number() over ()), {self._names()} "
                f"from {self._reader('uncompressed')}",
                [page_file, [number for number, _ in lines], [str(file)]],
            ).fetchall()
        except _BAD_INPUT as error:
            self._connection.rollback()
            return _message(error)
        # a blank line is no row
        if inserted[0][0] != len(lines):
            self._connection.rollback()
            return "blank line"
        self._connection.commit()
        return None

    # both ways

    def _names(self) -> str:
        return ", ".join(f'"{name}"' for name in self._source.columns)

    def _reader(self, compression: str, *options: str) -> str:
        columns = ", ".join(f"'{name}': {quoted(kind)}" for name, kind in self._source.columns.items())
        settings = [
            f"columns = {{{columns}}}",
            "format = 'newline_delimited'",
            f"compression = '{compression}'",
            # the folder is called batch=...; it must not become a column
            "hive_partitioning = false",
            f"maximum_object_size = {LARGEST_RECORD_BYTES}",
            *options,
        ]
        return f"read_json(?, {', '.join(settings)})"

    # records that were read and cannot be used

    def _faulty_pages(self) -> set[str]:
        self._connection.execute("delete from fault")
        own = sql.has(self._entity, "_faults")
        faults = sql.text(self._entity, "_faults") if own else sql.text("reference_faults")
        self._connection.execute(f"insert into fault {faults}")
        if self._source.id_letter is not None:
            # by name, because a list of columns cannot be hashed with `*`
            duplicates = sql.text("duplicates").replace("{content}", self._names())
            self._connection.execute(f"insert into fault {duplicates}")
        rows = self._connection.execute(
            "select distinct page_file from record where rowid in (select row_id from fault)"
        ).fetchall()
        return {row[0] for row in rows}

    def _quarantine_faults(self) -> None:
        faults = self._connection.execute(
            "select page_file, line_number, fault.record_id, fault.reason_code, fault.reason "
            "from record join fault on fault.row_id = record.rowid order by page_file, line_number"
        ).fetchall()
        for name in sorted({fault[0] for fault in faults}):
            lines = dict(self._lines(self._pages[name]))
            self._quarantine(
                [(*fault, without_names(lines[fault[1]], was_read=True)) for fault in faults if fault[0] == name]
            )
        self._connection.execute("delete from record where rowid in (select row_id from fault)")

    def _quarantine(self, rows: list[tuple[str, int, str | None, str, str, str]]) -> None:
        columns = [list(column) for column in zip(*rows, strict=True)]
        self._connection.execute(
            "insert into quarantine select unnest(?::varchar[]), unnest(?::bigint[]), unnest(?::varchar[]), "
            "unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[])",
            columns,
        )


# DuckDB's messages quote the record, which may hold names; only what these take out of them is kept
_EXPLANATIONS = (
    (r"at byte (\d+) in line \d+: ([^\"]{1,80}?)\.\s", "unreadable_json", "no readable JSON: {1} (byte {0})"),
    (r"Expected (\w+), but got (\w+)", "wrong_type", "a field holds another kind of value: {1} instead of {0}"),
    (r"Failed to cast value to (\w+)", "wrong_type", "a field holds a value that is no {0}"),
    (r'has duplicate key "(\w{1,60})"', "duplicate_key", "an object has the field {0} twice"),
    (r"^blank line$", "unreadable_json", "the line is blank"),
)


# a text says where it comes from (a recording's, or a snapshot's, line that is no JSON)
_NO_OBJECT = ("not_an_object", "the record is no JSON object; what stood in its place is kept here")


_NOTHING_EMPTIED = "select null as field, 0 as records"
# a record that cannot be read as a whole mostly begins with its id
_BEGINS_WITH_ID = re.compile(rb'\s*\{\s*"id"\s*:\s*"(?:https?://openalex\.org/)?([A-Za-z]\d{1,18})"')


def _id_in(line: bytes) -> str | None:
    """The short id of a line that was not typed, for who looks for it."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        match = _BEGINS_WITH_ID.match(line)
        return match[1].decode().upper() if match else None
    said = found.get("id") if isinstance(found, dict) else None
    return None if said is None else short_openalex_id(str(said)) or str(said)[:100]


def _message(error: Exception) -> str:
    return error.object.decode(errors="replace") if isinstance(error, UnicodeDecodeError) else str(error)


def _explain(refusal: str) -> tuple[str, str]:
    for pattern, code, sentence in _EXPLANATIONS:
        if match := re.search(pattern, refusal):
            return code, sentence.format(*match.groups())
    return "unreadable_json", "the line cannot be read"
