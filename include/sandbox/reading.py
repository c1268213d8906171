"""A file or folder of records in whatever form people have it, read record by record; and what became of every file.

Read are JSON lines, JSON arrays, single objects and saved answers of the API (`{"meta": ..., "results": [...]}`), also
several of them in one file, with a byte order mark or none, in UTF-8, UTF-16 or UTF-32, packed with gzip, bzip2, xz,
lzma or zstd or not; Parquet; and tables of addresses. What a file is, its content says; names are not asked. NaN and
other slips of lax writers are mended. No file is passed over: each has a `FileReport`, with the reason when it is not
read. What cannot be read within a file that holds records is handed on as text with the reason, so that it is counted
and put aside as a record.
"""

from __future__ import annotations

import bz2
import codecs
import contextlib
import csv
import gzip
import io
import itertools
import lzma
import mmap
import os
import re
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import duckdb
import msgspec
import orjson
import pyarrow as pa

from include.common.ids import short_openalex_id
from include.common.lax import strict_text, value_at
from include.common.parquet_json import as_json
from include.common.sql import identifier, read_parquet
from include.sandbox.addresses import FIRST_NUMBER, delimiter_of, works_of

Record = dict[str, Any]

# a work with 5,000 authors has a few megabytes; a longer line is put aside, as flatten would
LARGEST_RECORD_BYTES = 32 * 1024 * 1024
# what is kept of a text that cannot be read
_KEPT_CHARACTERS = 64 * 1024
# so many texts that cannot be read are kept until a record shows that the file is one of records
_MOST_TEXTS_HELD = 1_000
_PARQUET_ROWS = 500

KINDS = {"W": "works", "F": "funders", "I": "institutions", "T": "topics"}
_OTHER_KINDS = {"A": "authors", "S": "sources", "P": "publishers", "C": "concepts", "G": "awards", "V": "venues"}
# `https://openalex.org/subfields/1702`: entities whose ids have no letter
_NAMED_KIND = re.compile(r"^https?://(?:api\.)?openalex\.org/([a-z-]+)/[\w.-]+$")
# a record with one of these is a work, whatever its id is
_FIELDS_OF_WORKS = frozenset({
    "authorships", "publication_year", "publication_date", "primary_location", "host_venue", "abstract_inverted_index",
    "referenced_works", "primary_topic",
})  # fmt: skip
# where reading goes on behind a record that cannot be read: the next work, or the next object at the start of a line
_NEXT_RECORD = re.compile(r'\{\s*"id"\s*:\s*"https?://openalex\.org/W\d+"|^\{', re.MULTILINE)
_RESULTS = re.compile(r'"results"\s*:\s*\[')

_PACKED = {
    b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"]\0\0": "lzma", b"\x28\xb5\x2f\xfd": "zstd",
}  # fmt: skip
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# without a mark, an opening bracket tells it, or what may stand before one
_OPENING = (b"[", b"{", b"\x1e", b" ", b"\n", b"\r", b"\t")
_UNMARKED = {one + b"\0": "utf-16-le" for one in _OPENING} | {b"\0" + one: "utf-16-be" for one in _OPENING}
# what may stand on a line behind the last record of a list or an answer
_CLOSING = b"]},; \t\r\n"
# what may stand before, between and behind values: commas, the marks of JSON sequences and of files put together
_BETWEEN = ",\x1e\ufeff\u200b"
_BROKEN_OFF = (OSError, EOFError, zlib.error, lzma.LZMAError, pa.ArrowException)


@dataclass
class FileReport:
    """What became of one file (or of a folder that was not entered). `reason`: why nothing of it is read; empty when
    something is. `records`: how many by kind, of kinds that are served, of others, and `unreadable`; `mended`: records
    that were not strict JSON.
    """

    name: str
    form: str = ""
    reason: str = ""
    records: Counter[str] = field(default_factory=Counter)
    mended: int = 0

    @property
    def is_read(self) -> bool:
        """Whether anything of it is served."""
        return not self.reason

    def line(self) -> str:
        """`works.jsonl: 206 works (JSON lines)`, or `._works.jsonl: not read: ...`."""
        if not self.is_read:
            return f"{self.name}: not read: {self.reason}"
        counted = _counted(self.records)
        mended = f", {self.mended:,} mended" if self.mended else ""
        return f"{self.name}: {counted}{mended} ({self.form})"


class Read(NamedTuple):
    """One record of a kind that is served. Of kind `unreadable`: the text in the place of a record, with the reason."""

    kind: str
    record: Record
    text: str = ""


class _Broken(NamedTuple):
    """What stands in the place of a value and cannot be read."""

    where: str
    reason: str
    text: str


# where a value stands in its file, and the value (of JSON, or what stands in its place)
_Found = tuple[str, Any]


class Reader:
    """Reads one file or folder; `reports` has an entry for each file that was met so far."""

    def __init__(self, source: Path, scratch: Path) -> None:
        self._source, self._scratch = source, scratch
        self._numbers = itertools.count(FIRST_NUMBER)
        self.reports: list[FileReport] = []

    def records(self) -> Iterator[Read]:
        """Every record, file by file in the order of their names."""
        for path, name, reason in files_of(self._source):
            report = FileReport(name, reason=reason)
            self.reports.append(report)
            if not reason:
                yield from self._read(path, report)

    def _read(self, path: Path, report: FileReport, *, is_recognised: bool = False) -> Iterator[Read]:
        # what cannot be read is no record until the file turns out to hold records
        held: list[_Broken] = []
        others: Counter[str] = Counter()
        values = self._values(path, report)
        for where, value in values:
            for item in _items(where, value):
                if isinstance(item, str):
                    others[item] += 1
                elif isinstance(item, _Broken):
                    held.append(item)
                else:
                    report.records[item.kind] += 1
                    if not is_recognised:
                        is_recognised = True
                        yield from self._put_aside(report, held)
                        held.clear()
                    yield item
            if is_recognised and held:
                yield from self._put_aside(report, held)
                held.clear()
            if not is_recognised and len(held) >= _MOST_TEXTS_HELD:
                if all(_is_no_text(broken.text) for broken in held) or not _hold_a_record(values):
                    break
                # it does hold records: read again, so that memory does not grow with what stands before them
                report.form, report.mended = "", 0
                yield from self._read(path, report, is_recognised=True)
                return
        if not is_recognised:
            report.reason = _why_not_read(report, held, others)
        report.records.update(others)

    def _put_aside(self, report: FileReport, held: list[_Broken]) -> Iterator[Read]:
        for broken in held:
            report.records["unreadable"] += 1
            text = f"{report.name}, {broken.where}: {broken.reason}: {broken.text[:_KEPT_CHARACTERS]}"
            yield Read("unreadable", {}, text)

    # from bytes to values

    def _values(self, path: Path, report: FileReport) -> Iterator[_Found]:
        broken: _Broken
        try:
            with path.open("rb") as handle:
                if handle.read(4) == b"PAR1":
                    report.form = "Parquet"
                    yield from self._rows(path, report)
                else:
                    handle.seek(0)
                    with contextlib.ExitStack() as stack:
                        stream = _text_stream(_unpacked(handle, report, stack), report)
                        yield from self._values_of(stream, report)
            return
        except _BROKEN_OFF as error:
            broken = _Broken("its end", f"the file breaks off: {error}", "")
        except UnicodeDecodeError as error:
            broken = _Broken("its end", f"it is not {error.encoding}: {error.reason}", "")
        except csv.Error as error:
            broken = _Broken("its end", f"the table cannot be read on: {error}", "")
        except duckdb.Error as error:
            broken = _Broken("its beginning", f"the Parquet file cannot be read: {str(error).splitlines()[0]}", "")
        yield broken.where, broken

    def _rows(self, path: Path, report: FileReport) -> Iterator[_Found]:
        with duckdb.connect(config={"threads": "1", "memory_limit": "500MB"}) as db:
            # the folder may be called updated_date=...; it must not replace the record's own
            source = read_parquet(path)
            columns = db.execute(f"describe select * from {source}").fetchall()
            fields = ", ".join(f"{identifier(name)} := {as_json(name, kind)}" for name, kind, *_ in columns)
            rows = db.execute(f"select to_json(struct_pack({fields}))::varchar from {source}")
            number = 0
            while batch := rows.fetchmany(_PARQUET_ROWS):
                for row in batch:
                    number += 1
                    yield f"row {number}", _value(row[0].encode(), f"row {number}", report)

    def _values_of(self, stream: BinaryIO, report: FileReport) -> Iterator[_Found]:
        begins = cast(io.BufferedReader, stream).peek(1024)[:1024]
        number, line = 1, stream.readline(LARGEST_RECORD_BYTES)
        while line and not line.strip():
            number, line = number + 1, stream.readline(LARGEST_RECORD_BYTES)
        report.form, packing = _form(begins), report.form
        if report.form:
            return
        is_json = _opens_json(line)
        if is_json and not isinstance(_strict(line), dict):
            report.form = f"JSON{packing}"
            yield from self._document(chain([line], iter(lambda: stream.read(1 << 20), b"")), report)
        elif not is_json and (delimiter := delimiter_of(line.decode("utf-8", "replace"))) is not None:
            report.form = f"a table of addresses{packing}"
            text = (one.decode("utf-8", "replace") for one in chain([line], stream))
            yield from ((f"row {row}", work) for row, work in works_of(text, delimiter, self._numbers))
        elif _first(line):
            report.form = f"JSON lines{packing}"
            yield from self._lines(number, line, stream, report)

    def _lines(self, number: int, line: bytes, stream: BinaryIO, report: FileReport) -> Iterator[_Found]:
        """The values of this line (its number is `number`) and of all that follow."""
        while line:
            where, following = f"line {number}", None
            if len(line) >= LARGEST_RECORD_BYTES and not line.endswith(b"\n"):
                text = line[:_KEPT_CHARACTERS].decode("utf-8", "replace")
                yield where, _Broken(where, f"it is longer than {LARGEST_RECORD_BYTES:,} bytes", text)
                while line and not line.endswith(b"\n"):
                    line = stream.readline(LARGEST_RECORD_BYTES)
            elif line.strip():
                value = _strict(line)
                if value is not None:
                    yield where, value
                elif _opens_json(line) or line.strip() == b"null":
                    if _may_go_on(line):
                        following = stream.readline(LARGEST_RECORD_BYTES)
                        if _goes_on(following):
                            # an indented document behind compact ones
                            rest = chain([line, following], iter(lambda: stream.read(1 << 20), b""))
                            for place, found in self._document(rest, report):
                                yield f"from line {number}, {place}", found
                            return
                    yield from _walk(line.decode("utf-8", "replace"), report, where)
                elif line.strip(_CLOSING):
                    yield where, _Broken(where, "no JSON", line.decode("utf-8", "replace")[:_KEPT_CHARACTERS])
            number, line = number + 1, stream.readline(LARGEST_RECORD_BYTES) if following is None else following

    def _document(self, pieces: Iterator[bytes], report: FileReport) -> Iterator[_Found]:
        """The values of a text that is no list of lines: one document, or several one after the other."""
        with tempfile.TemporaryFile(dir=self._scratch) as file:
            broken_off: Exception | None = None
            try:
                for piece in pieces:
                    file.write(piece)
            except _BROKEN_OFF as error:
                broken_off = error
            file.flush()
            # not closed here: its slices may be in use for a while
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            elements = _elements(content)
            if elements is None:
                yield from _walk(content[:].decode("utf-8", "replace"), report)
            else:
                for number, element in enumerate(elements, start=1):
                    yield f"record {number}", _value(bytes(element), f"record {number}", report)
            if broken_off is not None:
                raise broken_off


def files_of(source: Path) -> Iterator[tuple[Path, str, str]]:
    """Every file, its name below the source, and why it is not opened (empty: it is)."""
    if source.is_file():
        yield source, source.name, _why_not_opened(source)
        return
    entered: set[str] = set()
    for folder, folders, files in os.walk(source, followlinks=True):
        below = Path(folder)
        entered.add(os.path.realpath(folder))
        for name in sorted(folders):
            path = below / name
            reason = ""
            if name.startswith(".") or name == "__MACOSX":
                reason = "a hidden folder, or one of the system"
            elif os.path.realpath(path) in entered:
                reason = "a link to a folder that is read already"
            elif not os.access(path, os.R_OK | os.X_OK):
                reason = "the folder cannot be opened"
            if reason:
                folders.remove(name)
                yield path, f"{path.relative_to(source)}/", reason
        folders.sort()
        for name in sorted(files):
            path = below / name
            yield path, str(path.relative_to(source)), _why_not_opened(path)


def _why_not_opened(path: Path) -> str:
    if path.name.startswith("._"):
        return "what macOS keeps beside a file"
    if path.name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        return "what a file manager keeps of its windows"
    if not path.exists():
        return "a link that leads nowhere"
    if not path.is_file():
        return "no regular file"
    if not os.access(path, os.R_OK):
        return "it may not be read: permission denied"
    return "" if path.stat().st_size else "it is empty"


def _why_not_read(report: FileReport, held: list[_Broken], others: Counter[str]) -> str:
    if held:
        first = held[0]
        begins = " ".join(first.text.split())[:60]
        if _is_no_text(begins):
            return "neither JSON nor Parquet: it holds bytes that are no text"
        return f"{first.where}: {first.reason}" + (f": {begins!r}" if begins else "")
    if others:
        return f"it holds {_counted(others)}, and no works, funders, institutions or topics"
    if report.form.startswith(("JSON", "Parquet", "a table")):
        return "it holds no records"
    return report.form.removeprefix(", ") or "it holds nothing but blanks"


def _is_no_text(text: str) -> bool:
    """Whether it holds bytes that no text has."""
    return re.search("[\0-\x08\ufffd]", text) is not None


def _hold_a_record(values: Iterator[_Found]) -> bool:
    """Whether a record is among what is left of these values."""
    return any(isinstance(item, Read) for where, value in values for item in _items(where, value))


def _form(begins: bytes) -> str:
    """What a file is that begins so, when it is surely none of records."""
    begins = begins.lstrip()
    if begins[:1] == b"<":
        return "a page of HTML or XML, no JSON: an error page?"
    if begins[:4] == b"PK\x03\x04":
        return "a ZIP archive: unpack it first"
    if begins[257:262] == b"ustar":
        return "a tar archive: unpack it first"
    if begins[:4] == b"PAR1":
        return "a Parquet file that is packed once more: unpack it first"
    # the first bytes of a zlib stream are a multiple of 31
    if begins[:1] == b"x" and begins[1:2] in (b"\x01", b"^", b"\x9c", b"\xda"):
        return "packed with zlib, which is not read: unpack it first"
    return ""


def _counted(records: Counter[str]) -> str:
    """`1 work, 2 unreadable`."""
    return ", ".join(f"{count:,} {kind.removesuffix('s') if count == 1 else kind}" for kind, count in records.items())


def _unpacked(handle: BinaryIO, report: FileReport, stack: contextlib.ExitStack) -> BinaryIO:
    """The content, unpacked as often as it is packed: an answer that curl saved may be packed twice."""
    stream = handle
    for _ in range(3):
        buffered: Any = stream if hasattr(stream, "peek") else io.BufferedReader(cast(io.RawIOBase, stream))
        begins = buffered.peek(8)[:8]
        packing = next((name for magic, name in _PACKED.items() if begins.startswith(magic)), None)
        stream = buffered
        if packing is None:
            break
        report.form += f", {packing}"
        if packing == "zstd":
            raw = stack.enter_context(pa.CompressedInputStream(pa.PythonFile(buffered, mode="r"), "zstd"))
            stream = cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, _Readable(raw))))
        else:
            opened = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open, "lzma": lzma.open}[packing]
            stream = cast(BinaryIO, stack.enter_context(cast(Any, opened)(buffered, "rb")))
    return stream


class _Readable(io.RawIOBase):
    """What Arrow reads, as Python reads."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        content = self._raw.read(len(target))
        target[: len(content)] = content
        return len(content)


def _text_stream(stream: BinaryIO, report: FileReport) -> BinaryIO:
    """The content in UTF-8 without a byte order mark."""
    begins = cast(io.BufferedReader, stream).peek(4)[:4]
    mark, encoding = next(
        ((mark, encoding) for mark, encoding in _MARKS if begins.startswith(mark)),
        (b"", _UNMARKED.get(begins[:2], "utf-8")),
    )
    stream.read(len(mark))
    if encoding == "utf-8":
        return stream
    report.form += f", {encoding.upper()}"
    return cast(BinaryIO, io.BufferedReader(_Recoded(stream, encoding)))


class _Recoded(io.RawIOBase):
    """A stream in another encoding, as UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream, self._decoder = stream, codecs.getincrementaldecoder(encoding)()
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        while not self._waiting:
            content = self._stream.read(1 << 16)
            self._waiting = self._decoder.decode(content, final=not content).encode("utf-8", "replace")
            if not content:
                break
        part, self._waiting = self._waiting[: len(target)], self._waiting[len(target) :]
        target[: len(part)] = part
        return len(part)


def _opens_json(line: bytes) -> bool:
    """Whether this line begins as an object or a list."""
    return _first(line) in (b"[", b"{")


def _may_go_on(line: bytes) -> bool:
    """Whether a line may be the first of an indented document: unreadable alone, and not cut just anywhere."""
    text = line.decode("utf-8", "replace").rstrip()
    if not text.endswith(("{", "[", ",")):
        return False
    try:
        value_at(text, text.index(_first(line).decode()))
    except ValueError:
        return True
    return False


def _goes_on(following: bytes) -> bool:
    """Whether this line stands within an indented document, and is no record of its own behind a torn one."""
    return bool(following.strip()) and not re.match(rb'\{\s*"', following) and _strict(following) is None


def _first(line: bytes) -> bytes:
    """The first character of the first value of this line."""
    # blanks and marks are few; so many bytes hold them
    begins = line[:1024].decode("utf-8", "replace")
    while begins and (begins[0].isspace() or begins[0] in _BETWEEN):
        begins = begins[1:]
    return begins[:1].encode()


def _strict(text: bytes) -> Any:
    """The value of strict JSON; None when it is none (or null)."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _elements(content: mmap.mmap) -> list[msgspec.Raw] | None:
    """The parts of one strict document: of an array its elements, of an answer its results; None when it is no strict
    document. They are slices of the mapped file, so that memory does not grow with it.
    """
    try:
        if content[:64].lstrip()[:1] == b"[":
            return msgspec.json.decode(content, type=list[msgspec.Raw])
        document = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        if "results" in document:
            return msgspec.json.decode(document["results"], type=list[msgspec.Raw] | None) or []
        return [msgspec.Raw(content[:])]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _value(text: bytes, where: str, report: FileReport) -> Any:
    """The one value that this text is, mended where it must be."""
    value = _strict(text)
    if value is None:
        # a part of a document that could be split has no second value
        _, value = next(_walk(text.decode("utf-8", "replace"), report, where), (where, None))
    return value


def _walk(text: str, report: FileReport, where: str = "") -> Iterator[_Found]:
    """The careful way: value after value of a text, within arrays and results too, whatever stands between them.

    `where`: what this text is; else its values are counted.
    """
    place, number, depth = 0, 0, 0
    while place < len(text):
        character = text[place]
        if character.isspace() or character in _BETWEEN:
            place += 1
        elif character == "[" or (character == "]" and depth):
            depth += 1 if character == "[" else -1
            place += 1
        else:
            number += 1
            here = where or f"record {number}"
            try:
                value, behind = value_at(text, place)
            except ValueError as error:
                results = _RESULTS.search(text, place) if character == "{" and not depth else None
                if results is not None and '"authorships"' not in text[place : results.start()]:
                    # an answer of the API that is torn, or holds a record that is
                    place, number, depth = results.end(), number - 1, depth + 1
                    continue
                following = _NEXT_RECORD.search(text, place + 1)
                end = following.start() if following is not None else len(text)
                if not _closes_an_answer(text[place:end]):
                    yield here, _Broken(here, f"no JSON: {_said(error)}", text[place:end].strip())
                place = end
            else:
                yield here, _mended(value, text[place:behind], here, report)
                place = behind


def _closes_an_answer(text: str) -> bool:
    """Whether this is what stands behind the results of an answer."""
    return re.match(r'\}|"(group_by|meta)"', text) is not None and len(text) < 2_000


def _mended(value: Any, text: str, where: str, report: FileReport) -> Any:
    """A value that was read leniently, as the strict reader reads it."""
    strict = _strict(text.encode("utf-8", "replace"))
    # bytes that were no UTF-8 are such marks by now
    report.mended += (strict is None and value is not None) or "\ufffd" in text
    if strict is not None or value is None:
        return strict
    try:
        return orjson.loads(strict_text(value))
    except (ValueError, RecursionError) as error:
        return _Broken(where, f"no JSON: {_said(error)}", text)


def _said(error: Exception) -> str:
    return re.sub(r":? line \d+ column \d+ \(char \d+\)", "", str(error))


# from values to records


def _items(where: str, value: Any) -> Iterator[Read | _Broken | str]:
    """The records in a value: itself, its elements or its results. A kind that is not served is told by its name."""
    if isinstance(value, _Broken):
        yield value
    elif isinstance(value, list):
        for number, element in enumerate(value, start=1):
            yield from _items(f"{where}, record {number}", element)
    elif not isinstance(value, dict):
        yield _Broken(where, "it is no JSON object", orjson.dumps(value).decode())
    elif "results" in value or {"meta", "group_by"} <= value.keys():
        results = value.get("results")
        yield from _items(where, results if results is not None else [])
    else:
        yield _kind(where, value)


def _kind(where: str, record: Record) -> Read | _Broken | str:
    found = record.get("id")
    short = short_openalex_id(found) if isinstance(found, str) else None
    letter = short[0] if short is not None else ""
    if letter in KINDS:
        return Read(KINDS[letter], _without_notes(record))
    if letter in _OTHER_KINDS:
        return _OTHER_KINDS[letter]
    named = _NAMED_KIND.match(found) if isinstance(found, str) else None
    if named is not None:
        return named[1]
    if not _FIELDS_OF_WORKS.isdisjoint(record):
        return Read("works", _without_notes(record))
    if "error" in record:
        return f"answers of the API that are errors ({record['error']})"
    return _Broken(where, "it is no record of OpenAlex", orjson.dumps(record).decode())


def _without_notes(record: Record) -> Record:
    """Keys that begin with `_` are notes of the recording."""
    return {key: value for key, value in record.items() if not key.startswith("_")}
