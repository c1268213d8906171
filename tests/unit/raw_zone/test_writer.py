"""A batch appears whole or not at all, and one in progress goes on from its cursor."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include.common.errors import ContractError, StorageError
from include.contracts.base import HandOver
from include.contracts.batch import BatchManifest, Window
from include.raw_zone import BatchWriter, list_batches
from include.raw_zone import writer as writer_module
from include.raw_zone.layout import CURSOR, MANIFEST
from include.raw_zone.writer import OpenBatch, clear_leftovers, open_batches
from include.settings import Settings


def test_a_committed_batch_holds_pages_hashes_and_manifest_only(settings: Settings, write_batch: Any) -> None:
    manifest = write_batch({"W1": "a", "W2": "b"})
    folder = settings.raw_zone / "works" / f"batch={manifest.batch_id}"
    assert {file.name for file in folder.iterdir()} == {"page-00001.jsonl.gz", "_hashes.parquet", "_manifest.json"}
    assert list_batches(settings) == [manifest]
    rows = duckdb.sql(f"select id, content_hash, window_id from '{folder}/_hashes.parquet' order by id").fetchall()
    assert rows == [("W1", "a", "works-2019"), ("W2", "b", "works-2019")]


def test_no_manifest_no_batch(settings: Settings, begin: Any, append: Any) -> None:
    append(begin(), {"W1": "a"}, "next")
    assert list_batches(settings) == []
    (state,) = open_batches(settings, "works")
    assert (state.next_cursor, state.tally.received) == ("next", 1)


def test_an_open_batch_goes_on(begin: Any, append: Any) -> None:
    first = begin()
    append(first, {"W1": "a"}, "next")
    again = begin()
    assert again.state == first.state
    append(again, {"W2": "b"}, None)
    assert [record.record_id for record in again.seen()] == ["W1", "W2"]
    assert [page.file for page in again.pages()] == ["page-00001.jsonl.gz", "page-00002.jsonl.gz"]


def test_windows_have_open_batches_of_their_own(begin: Any, append: Any) -> None:
    append(begin("works-2019"), {"W1": "a"}, "next")
    assert begin("works-2020").state.tally.received == 0
    assert begin("works-2019").state.tally.received == 1


@pytest.mark.parametrize("kind", [OpenBatch, BatchManifest])
def test_a_window_committed_by_another_process_meanwhile_is_no_fault(
    settings: Settings, begin: Any, append: Any, monkeypatch: pytest.MonkeyPatch, kind: type[HandOver]
) -> None:
    other = begin("works-2020")
    append(other, {"W1": "a"}, "next")
    load = kind.load

    def renamed_just_before_it_is_read(file: Path) -> Any:
        if file.parent == other.folder and other.folder.exists():
            other.folder.rename(settings.raw_zone / "works" / f"batch={other.state.batch_id}")
        return load(file)

    if kind is BatchManifest:
        (other.folder / MANIFEST).write_text("{}")
    monkeypatch.setattr(kind, "load", renamed_just_before_it_is_read)
    assert begin("works-2019").state.tally.received == 0
    assert not other.folder.exists(), "the other window's batch was looked at"


@pytest.mark.parametrize("kind", [OpenBatch, BatchManifest])
def test_a_file_that_another_process_writes_meanwhile_is_no_fault(
    settings: Settings, begin: Any, append: Any, monkeypatch: pytest.MonkeyPatch, kind: type[HandOver]
) -> None:
    other = begin("works-2020")
    append(other, {"W1": "a"}, "next")
    name = MANIFEST if kind is BatchManifest else CURSOR
    (other.folder / name).unlink(missing_ok=True)
    load = kind.load
    written: list[Path] = []

    def written_just_after_it_was_missed(file: Path) -> Any:
        try:
            return load(file)
        finally:
            if file.parent == other.folder:
                file.write_text("{}")
                written.append(file)

    monkeypatch.setattr(kind, "load", written_just_after_it_was_missed)
    assert begin("works-2019").state.tally.received == 0
    assert written, "the other window's batch was looked at"


def test_another_query_on_an_open_batch_is_refused(settings: Settings, begin: Any, append: Any) -> None:
    writer = begin()
    append(writer, {"W1": "a"}, "next")
    other = writer.state.query.model_copy(update={"filter": "publication_year:2020"})
    with pytest.raises(ContractError, match="another query"):
        BatchWriter.open(settings, "works", Window(window_id="works-2019", title=""), other, first_cursor="*")
    assert begin().state.tally.received == 1


def test_an_open_batch_too_old_is_begun_anew(begin: Any, append: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    append(begin(), {"W1": "a"}, "next")
    monkeypatch.setattr(writer_module, "LONGEST_PAUSE", timedelta(0))
    assert begin().state.tally.received == 0


def test_a_journal_shorter_than_its_cursor_is_begun_anew(begin: Any, append: Any) -> None:
    writer = begin()
    append(writer, {"W1": "a"}, "next")
    os.truncate(writer.folder / "_journal.jsonl", 5)
    assert begin().state.tally.received == 0


def test_an_abandoned_batch_leaves_nothing(settings: Settings, begin: Any, append: Any) -> None:
    writer = begin()
    append(writer, {"W1": "a"}, None)
    writer.abandon()
    assert list((settings.raw_zone / "works").iterdir()) == []


def test_half_begun_folders_are_cleared_when_old(settings: Settings) -> None:
    folder = settings.raw_zone / "works"
    young, old = (folder / f".batch=01M85609XZRCY0X8M8HYT1A2{tail}.begun" for tail in ("7P", "7Q"))
    for each in (young, old):
        each.mkdir(parents=True)
    os.utime(old, (0, 0))
    clear_leftovers(settings, "works")
    assert young.exists() and not old.exists()


def test_a_torn_cursor_is_told_with_its_place(settings: Settings, begin: Any) -> None:
    writer = begin()
    (writer.folder / CURSOR).write_text('{"schema_version": 1, "ba')
    with pytest.raises(ContractError) as caught:
        begin()
    assert str(writer.folder) in caught.value.where


def test_a_raw_zone_that_cannot_be_made_is_told(settings: Settings, begin: Callable[..., BatchWriter]) -> None:
    settings.home.mkdir(parents=True)
    (settings.home / "raw").write_text("a file stands here")
    with pytest.raises(StorageError) as caught:
        begin()
    assert str(Path("home") / "raw") in caught.value.where
