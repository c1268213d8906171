"""A corpus on disk: what it is (corpus.json), its index tables (Parquet), and its documents.

Documents are JSON objects kept as one fragment per root-level field (`"doi":"https://..."`), one after the other in one
file, with their lengths beside it. A page with any `select` is then a matter of slicing and joining bytes, without
parsing or rendering JSON, and the file is mapped, so memory stays small however large the corpus is.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, ClassVar, Literal

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from include.common.errors import EntangledError
from include.common.files import storage_errors
from include.common.sql import read_parquet
from include.contracts.base import HandOver

# list responses hold the first 100 authorships; a single response holds all of them, kept under this name
AUTHORSHIPS, AUTHORSHIPS_FULL, AUTHORSHIPS_CAP = "authorships", "authorships (all)", 100

# the place of a record that cannot be read: it is served as it stands, whatever is selected
UNREADABLE = "(unreadable)"

ENTITIES = ("works", "funders", "institutions", "topics")


class CorpusError(EntangledError):
    """A corpus is missing, torn or of another version. Nothing was served."""


class Evolution(BaseModel):
    """One step to a later state: shares of the joint papers, and the seed that chooses them.

    `share` changes, `vanished` is deleted, merged or moved out of the scope, `retracted` is retracted and stays.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    share: float
    seed: int
    vanished: float = 0.0
    retracted: float = 0.0


class CorpusInfo(HandOver):
    """`corpus.json`, written last: without it a folder is no corpus. `fields` are the root-level fields, in order."""

    what_it_is: ClassVar[str] = "corpus description"

    format_version: Literal[1] = 1
    generator_version: int
    origin: Literal["synthetic", "recorded"]
    name: str
    seed: int
    scale: float
    evolutions: tuple[Evolution, ...]
    counts: dict[str, int]
    fields: dict[str, tuple[str, ...]]


def key_text(field: str) -> str:
    """How a fragment begins: `"doi":`."""
    if field == UNREADABLE:
        return ""
    return f'"{AUTHORSHIPS if field == AUTHORSHIPS_FULL else field}":'


class DocumentWriter:
    """Writes `<entity>.documents.bin` (fragments) and `<entity>.documents.npy` (their lengths)."""

    def __init__(self, folder: Path, entity: str, fields: Sequence[str]) -> None:
        self._paths = document_files(folder, entity)
        self._fields = {field: place for place, field in enumerate(fields)}
        self._prefixes = [key_text(field).encode() for field in fields]
        self._lengths: list[npt.NDArray[np.uint32]] = []
        self._out = self._paths[0].open("wb")

    def __enter__(self) -> DocumentWriter:
        return self

    def add_many(self, rows: Iterable[Sequence[str | bytes | None]]) -> None:
        """One document a row: the JSON text of each field, in order; None where the document lacks the field."""
        lengths: list[list[int]] = []
        chunks: list[bytes] = []
        for row in rows:
            fragments = [
                b"" if value is None else prefix + (value.encode() if isinstance(value, str) else value)
                for prefix, value in zip(self._prefixes, row, strict=True)
            ]
            lengths.append([len(fragment) for fragment in fragments])
            chunks.extend(fragments)
        if lengths:
            with storage_errors(self._paths[0]):
                self._out.write(b"".join(chunks))
            self._lengths.append(np.array(lengths, dtype=np.uint32))

    def add_rendered(self, documents: pa.StringArray, lengths: pa.ListArray) -> None:
        """Documents whose fragments stand one after the other already, and the lengths of each one's fragments."""
        _, offsets, text = documents.buffers()
        bounds = np.frombuffer(offsets, dtype=np.int32)[documents.offset : documents.offset + len(documents) + 1]
        with storage_errors(self._paths[0]):
            self._out.write(memoryview(text)[bounds[0] : bounds[-1]])
        # a copy: a view would keep the text alive, which comes in one piece with it
        self._lengths.append(lengths.flatten().to_numpy().reshape(len(documents), len(self._prefixes)).copy())

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields, in order."""
        return tuple(self._fields)

    def add_growing(self, documents: Iterable[Mapping[str, bytes]]) -> None:
        """Documents with the JSON text of each of their fields; a field that none before had is a further one."""
        rows: list[list[bytes | None]] = []
        for document in documents:
            for field in document:
                if field not in self._fields:
                    self._fields[field] = len(self._fields)
                    self._prefixes.append(key_text(field).encode())
            rows.append([document.get(field) for field in self._fields])
        width = len(self._fields)
        self.add_many([*row, *[None] * (width - len(row))] for row in rows)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._out.close()
        if kind is None:
            width = len(self._prefixes)
            # what was written before a field came lacks it
            padded = [
                part if part.shape[1] == width else np.pad(part, ((0, 0), (0, width - part.shape[1])))
                for part in self._lengths
            ]
            lengths = np.concatenate(padded) if padded else np.zeros((0, width), dtype=np.uint32)
            with storage_errors(self._paths[1]):
                np.save(self._paths[1], lengths, allow_pickle=False)


def document_files(folder: Path, entity: str) -> tuple[Path, Path]:
    """The fragments and their lengths."""
    return folder / f"{entity}.documents.bin", folder / f"{entity}.documents.npy"


class Documents:
    """Reads documents by number. `fields` is the order in which they were written."""

    def __init__(self, folder: Path, entity: str, fields: Sequence[str]) -> None:
        blob, lengths = document_files(folder, entity)
        try:
            self._lengths: npt.NDArray[np.uint32] = np.load(lengths, mmap_mode="r", allow_pickle=False)
            with blob.open("rb") as handle:
                size = blob.stat().st_size
                self._blob: Any = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        except (OSError, ValueError, EOFError) as error:
            raise CorpusError(
                f"the corpus is torn: {error}", where=str(blob), fix="remove the folder and generate it again"
            ) from None
        sums = self._lengths.sum(axis=1, dtype=np.int64)
        self._starts = np.concatenate(([0], np.cumsum(sums)))
        if self._starts[-1] != size or self._lengths.shape[1] != len(fields):
            raise CorpusError(
                f"the corpus is torn: {size:,} bytes of documents instead of {int(self._starts[-1]):,}",
                where=str(blob),
                fix="remove the folder and generate it again",
            )
        self._fields = {field: number for number, field in enumerate(fields)}

    def __len__(self) -> int:
        return len(self._lengths)

    def render(
        self,
        number: int,
        select: Sequence[str] | None,
        *,
        single: bool,
        older: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> bytes:
        """One JSON object with the selected fields (all when None), in the order of the document.

        `older`: what a record may have in the place of a field that it lacks.
        """
        row = self._lengths[number].tolist()
        ends = list(accumulate(row, initial=int(self._starts[number])))
        unreadable = self._fields.get(UNREADABLE)
        if unreadable is not None and row[unreadable]:
            text: bytes = self._blob[ends[unreadable] : ends[unreadable + 1]]
            return text
        wanted = self._wanted(select, row, older)
        full = self._fields.get(AUTHORSHIPS_FULL)
        use_full = full is not None and single and row[full] > 0
        cut = self._fields.get(AUTHORSHIPS)
        parts = []
        for field in wanted:
            if field == full:
                continue
            source = full if use_full and field == cut and full is not None else field
            if row[source]:
                parts.append(self._blob[ends[source] : ends[source + 1]])
        return b"{" + b",".join(parts) + b"}"

    def _wanted(self, select: Sequence[str] | None, row: list[int], older: Mapping[str, Sequence[str]]) -> list[int]:
        if select is None:
            return list(range(len(self._fields)))
        lacking = [name for name in select if name in older and not (name in self._fields and row[self._fields[name]])]
        names = {*select, *(old for name in lacking for old in older[name])}
        return sorted(self._fields[field] for field in names if field in self._fields)


def load_info(folder: Path) -> CorpusInfo:
    """Read corpus.json.

    Raises:
        CorpusError: there is none, or it is torn or of another version.
    """
    try:
        return CorpusInfo.load(folder / "corpus.json")
    except EntangledError as error:
        raise CorpusError(
            error.what,
            where=str(folder / "corpus.json"),
            fix="remove the folder and make it again: python -m include.sandbox generate --out <folder>",
        ) from None


def open_tables(db: duckdb.DuckDBPyConnection, folder: Path, tables: Iterable[str]) -> None:
    """Make index tables known to `db`. They are read where they lie, as quickly as from memory, at any size.

    Raises:
        CorpusError: a table is missing or torn.
    """
    for table in tables:
        file = folder / f"{table}.parquet"
        try:
            db.execute(f"create view {table} as from {read_parquet(file)}")
        except duckdb.Error as error:
            raise CorpusError(
                f"the corpus is torn: {str(error).splitlines()[0]}",
                where=str(file),
                fix="remove the folder and generate it again",
            ) from None
