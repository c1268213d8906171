"""Writing one batch: page first, cursor second, manifest last.

A batch in progress is `.batch=<ulid>.open/`. After every page of the source it holds, in this order of writing: the
page file with the records to keep, a line in `_journal.jsonl` with what was seen, and `_cursor.json`, which says how
much of the other two counts. What lies beyond the cursor was torn by a crash and is cut off when the batch is taken up
again, so a crash costs one page.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict

from include.common.clock import utc_now
from include.common.duck import connect, disk_errors
from include.common.errors import ContractError, MissingFileError
from include.common.files import ensure_dir, fsync_dir, remove_tree, storage_errors
from include.common.ids import new_ulid
from include.common.sql import quoted
from include.contracts.acceptance import Refused, Subject, refuse
from include.contracts.base import HandOver
from include.contracts.batch import BatchManifest, DataOrigin, Entity, Page, Query, Window
from include.raw_zone import layout
from include.settings import Settings

# the source promises nothing about the age of a cursor, and a sweep of two days is no picture of any day
LONGEST_PAUSE = timedelta(days=1)
# level 1: a sweep is bound by the source and by one core of ours; level 6 halves the speed for a tenth of the space
COMPRESSION_LEVEL = 1


HandOverT = TypeVar("HandOverT", bound=HandOver)


class Tally(BaseModel):
    """Counts of a batch so far. Records unless named otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    received: int = 0
    stored: int = 0
    unchanged: int = 0
    duplicates: int = 0
    incomplete: int = 0
    odd_dates: int = 0
    requests: int = 0
    credits: int = 0

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in type(self).model_fields})

    @property
    def distinct(self) -> int:
        """Records received, each counted once."""
        return self.received - self.duplicates


class OpenBatch(HandOver):
    """`_cursor.json`: how far a batch in progress is. `next_cursor` None: the source has no more pages."""

    what_it_is: ClassVar[str] = "cursor of a batch in progress"

    schema_version: Literal[1] = 1
    batch_id: str
    entity: Entity
    window: Window
    query: Query
    started_at: datetime
    saved_at: datetime
    next_cursor: str | None
    expected_first: int | None = None
    expected_last: int | None = None
    data_origin: DataOrigin | None = None
    generations: tuple[str, ...] = ()
    journal_bytes: int = 0
    page_files: int = 0
    tally: Tally = Tally()


class SeenRecord(NamedTuple):
    """A record that was received: what it is known by, what decides whether it changed, and its place in the scope when
    the batch's window does not tell it (places.py)."""

    record_id: str
    content_hash: str
    place: str = ""


class BatchWriter:
    """One batch in progress. The caller holds the window's lock, so nobody else writes to it."""

    def __init__(self, settings: Settings, state: OpenBatch) -> None:
        self._settings = settings
        self.state = state
        self.folder = layout.open_folder(settings, state.entity, state.batch_id)

    @classmethod
    def open(
        cls, settings: Settings, entity: Entity, window: Window, query: Query, *, first_cursor: str, resume: bool = True
    ) -> BatchWriter:
        """Take up the window's batch in progress, or begin a new one.

        Raises:
            ContractError: the batch in progress was begun with another query. It is left as it is.
            StorageError: the raw zone cannot be written.
        """
        found = _find_open(settings, entity, window.window_id)
        if found is not None and (not resume or utc_now() - found.state.saved_at > LONGEST_PAUSE):
            found.abandon()
            found = None
        if found is None:
            return cls._begin(settings, entity, window, query, first_cursor)
        if found.state.query != query:
            raise ContractError(
                f"the unfinished batch of window {window.window_id} was begun with another query",
                where=str(found.folder),
                fix="finish it with the scope it was begun with, or remove that folder to begin anew; "
                "committed batches are not affected",
            )
        if not found._is_whole():
            # only a loss of power does this: the cursor reached the disk and the journal did not
            found.abandon()
            return cls._begin(settings, entity, window, query, first_cursor)
        found._cut_off_torn_end()
        return found

    @classmethod
    def _begin(cls, settings: Settings, entity: Entity, window: Window, query: Query, first_cursor: str) -> BatchWriter:
        now = utc_now()
        state = OpenBatch(
            batch_id=new_ulid(),
            entity=entity,
            window=window,
            query=query,
            started_at=now,
            saved_at=now,
            next_cursor=first_cursor,
        )
        writer = cls(settings, state)
        # the folder appears with its cursor inside, so that an open batch always says whose it is
        begun = writer.folder.with_name(f".batch={state.batch_id}.begun")
        ensure_dir(begun)
        state.save(begun / layout.CURSOR)
        with storage_errors(writer.folder):
            begun.rename(writer.folder)
            fsync_dir(writer.folder.parent)
        return writer

    def append(
        self,
        lines: Sequence[bytes],
        seen: Sequence[SeenRecord],
        tally: Tally,
        *,
        next_cursor: str | None,
        expected: int,
        data_origin: DataOrigin,
        generations: Sequence[str] = (),
    ) -> None:
        """Add one page of the source: `lines` are the records to keep, `seen` all that were new to this batch.

        Raises:
            StorageError: the disk is full or cannot be written; the batch is as before and can be taken up again.
        """
        state = self.state
        page = self._write_page(lines, state.page_files + 1) if lines else None
        journal_bytes = self._write_journal(page, seen)
        self.state = state.model_copy(
            update={
                "saved_at": utc_now(),
                "next_cursor": next_cursor,
                "expected_first": expected if state.expected_first is None else state.expected_first,
                "expected_last": expected,
                "data_origin": data_origin,
                "generations": tuple(sorted({*state.generations, *generations})),
                "journal_bytes": journal_bytes,
                "page_files": state.page_files + (1 if page else 0),
                "tally": state.tally.plus(tally),
            }
        )
        # not fsynced one by one: a killed process loses nothing of what was written, and after a loss of power the
        # journal is checked against the cursor; commit makes everything durable
        self._replace(layout.CURSOR, self.state.model_dump_json().encode())

    def seen(self) -> Iterator[SeenRecord]:
        """Every distinct record of the batch so far, in order of arrival."""
        for entry in self._journal():
            for record in entry["seen"]:
                yield SeenRecord(*record)

    def pages(self) -> tuple[Page, ...]:
        """The page files so far."""
        return tuple(Page.model_validate(entry["page"]) for entry in self._journal() if entry["page"])

    def commit(self, manifest: BatchManifest) -> Path:
        """Make it a batch: hashes, manifest, one rename. Returns the folder."""
        self._finish(manifest)
        final = layout.batch_folder(self._settings, self.state.entity, self.state.batch_id)
        return _move(self.folder, final)

    def reject(self, manifest: BatchManifest) -> Refused:
        """Keep it out of the raw zone, with its manifest, and return the error to raise."""
        self._finish(manifest)
        final = layout.rejected_folder(self._settings, self.state.entity, self.state.batch_id)
        _move(self.folder, final)
        return refuse(
            Subject(self._settings.home, "gate_1", manifest.window.window_id),
            manifest.checks,
            what=f"gate 1 kept the batch of window {manifest.window.window_id} out",
            where=str(final),
            fix="look at the source and at the rejected batch; committed batches and the last release are untouched, "
            "and the next run sweeps the window again",
        )

    def abandon(self) -> None:
        """Throw the batch in progress away."""
        remove_tree(self.folder)

    def _finish(self, manifest: BatchManifest) -> None:
        with storage_errors(self.folder), disk_errors(self.folder):
            _write_hashes(self._settings, self.folder, self.state.window.window_id)
            for file in self.folder.iterdir():
                _fsync(file)
        manifest.save(self.folder / layout.MANIFEST)
        for name in (layout.CURSOR, layout.JOURNAL):
            (self.folder / name).unlink(missing_ok=True)

    def _write_page(self, lines: Sequence[bytes], number: int) -> Page:
        name = layout.page_file(number)
        content = gzip.compress(b"\n".join(lines) + b"\n", compresslevel=COMPRESSION_LEVEL, mtime=0)
        self._replace(name, content)
        return Page(file=name, records=len(lines), sha256=hashlib.sha256(content).hexdigest())

    def _write_journal(self, page: Page | None, seen: Sequence[SeenRecord]) -> int:
        entry = {
            "page": page.model_dump() if page else None,
            # most have no place
            "seen": [tuple(filter(None, record)) for record in seen],
        }
        file = self.folder / layout.JOURNAL
        with storage_errors(file), file.open("ab") as journal:
            journal.write(orjson.dumps(entry) + b"\n")
            journal.flush()
            return journal.tell()

    def _journal(self) -> Iterator[dict[str, list[tuple[str, str]]]]:
        file = self.folder / layout.JOURNAL
        if not self.state.journal_bytes:
            return
        with file.open("rb") as journal:
            for line in journal:
                yield orjson.loads(line)

    def _replace(self, name: str, content: bytes) -> None:
        final = self.folder / name
        aside = self.folder / f".{name}.{os.getpid()}.tmp"
        with storage_errors(final):
            try:
                aside.write_bytes(content)
                aside.replace(final)
            finally:
                aside.unlink(missing_ok=True)

    def _is_whole(self) -> bool:
        journal = self.folder / layout.JOURNAL
        return not self.state.journal_bytes or (journal.exists() and journal.stat().st_size >= self.state.journal_bytes)

    def _cut_off_torn_end(self) -> None:
        """Remove what a crash left beyond the cursor."""
        journal = self.folder / layout.JOURNAL
        with storage_errors(self.folder):
            if journal.exists():
                os.truncate(journal, self.state.journal_bytes)
            whole = {layout.CURSOR, layout.JOURNAL, *(page.file for page in self.pages())}
            for file in self.folder.iterdir():
                if file.name not in whole:
                    file.unlink()


def abandon_open(settings: Settings, entity: Entity, window_id: str) -> None:
    """Throw the window's batch in progress away, if there is one."""
    found = _find_open(settings, entity, window_id)
    if found is not None:
        found.abandon()


def open_batches(settings: Settings, entity: Entity) -> list[OpenBatch]:
    """Cursors of the batches in progress, or left by a crash.

    Raises:
        ContractError: a cursor is torn.
    """
    folder = layout.entity_folder(settings, entity)
    if not folder.is_dir():
        return []
    open_folders = (entry for entry in sorted(folder.iterdir()) if layout.OPEN_FOLDER.match(entry.name))
    found = (_load_if_there(OpenBatch, entry / layout.CURSOR) for entry in open_folders)
    return [batch for batch in found if batch is not None]


def _load_if_there(kind: type[HandOverT], file: Path) -> HandOverT | None:
    """What stands in a batch in progress; None when it is not there: other windows begin and commit meanwhile."""
    try:
        return kind.load(file)
    except MissingFileError:
        # it may be there by now, so a second look would prove nothing
        return None


def clear_leftovers(settings: Settings, entity: Entity) -> None:
    """Remove folders that a crash left half begun or half removed.

    A running process has such a folder only for the moment in which it is renamed or removed, hence the age.
    """
    folder = layout.entity_folder(settings, entity)
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        if _age(entry) < timedelta(minutes=10):
            continue
        if layout.BEGUN_FOLDER.match(entry.name) or layout.REMOVED_FOLDER.match(entry.name):
            remove_tree(entry)


def _find_open(settings: Settings, entity: Entity, window_id: str) -> BatchWriter | None:
    _complete_commits(settings, entity, window_id)
    for state in open_batches(settings, entity):
        if state.window.window_id == window_id:
            return BatchWriter(settings, state)
    return None


def _complete_commits(settings: Settings, entity: Entity, window_id: str) -> None:
    """A manifest in an open folder: the crash came after the last byte and before the rename."""
    folder = layout.entity_folder(settings, entity)
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        if not layout.OPEN_FOLDER.match(entry.name):
            continue
        manifest = _load_if_there(BatchManifest, entry / layout.MANIFEST)
        if manifest is None or manifest.window.window_id != window_id:
            continue
        for name in (layout.CURSOR, layout.JOURNAL):
            (entry / name).unlink(missing_ok=True)
        refused = any(check.blocks for check in manifest.checks)
        place = layout.rejected_folder if refused else layout.batch_folder
        _move(entry, place(settings, entity, manifest.batch_id))


def _write_hashes(settings: Settings, folder: Path, window_id: str) -> None:
    """From the journal, in SQL and in one stream: the ids of a large window never stand in memory together."""
    with connect(settings) as db:
        # a thread holds a buffer of twice the largest line
        db.execute("set threads = 1; set preserve_insertion_order = true")
        # literals, because DuckDB holds all rows of a COPY that has parameters
        db.execute(
            f"""
            copy (
                select
                    record[1] as id,
                    record[2] as content_hash,
                    {quoted(window_id)} || coalesce(record[3], '') as window_id
                from (
                    select unnest(seen) as record
                    from read_json(
                        {quoted(str(folder / layout.JOURNAL))},
                        columns = {{seen: 'varchar[][]'}},
                        format = 'newline_delimited',
                        maximum_object_size = 4194304
                    )
                )
            ) to {quoted(str(folder / layout.HASHES))} (format parquet, compression zstd, row_group_size 10240)
            """
        )


def _move(folder: Path, final: Path) -> Path:
    ensure_dir(final.parent)
    with storage_errors(final):
        fsync_dir(folder)
        folder.rename(final)
        fsync_dir(final.parent)
    return final


def _fsync(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _age(entry: Path) -> timedelta:
    try:
        return timedelta(seconds=utc_now().timestamp() - entry.stat().st_mtime)
    except FileNotFoundError:
        return timedelta(0)
