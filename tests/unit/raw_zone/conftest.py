"""A home with one small committed batch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from include.common.clock import utc_now
from include.contracts.batch import BatchManifest, Query, Window
from include.raw_zone.writer import BatchWriter, SeenRecord, Tally
from include.settings import Settings

QUERY = Query(path="/works", filter="publication_year:2019", select="id", sort=None, per_page=100)
Write = Callable[..., BatchManifest]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, ENTANGLED_HOME=tmp_path / "home", ENTANGLED_THREADS=1)


@pytest.fixture
def begin(settings: Settings) -> Callable[..., BatchWriter]:
    """Opens a batch for a window."""

    def make(window_id: str = "works-2019") -> BatchWriter:
        window = Window(window_id=window_id, title=window_id)
        return BatchWriter.open(settings, "works", window, QUERY, first_cursor="*")

    return make


def _append(writer: BatchWriter, records: dict[str, str], next_cursor: str | None) -> None:
    writer.append(
        [f'{{"id":"{each}","hash":"{found}"}}'.encode() for each, found in records.items()],
        [SeenRecord(record_id=each, content_hash=found) for each, found in records.items()],
        Tally(received=len(records), stored=len(records), requests=1, credits=1),
        next_cursor=next_cursor,
        expected=len(records),
        data_origin="synthetic",
    )


@pytest.fixture
def append() -> Callable[[BatchWriter, dict[str, str], str | None], None]:
    """Adds a page of records (id to hash)."""
    return _append


@pytest.fixture
def manifest_of() -> Callable[[BatchWriter], BatchManifest]:
    """The manifest of an open batch."""
    return _manifest_of


def _manifest_of(writer: BatchWriter) -> BatchManifest:
    state = writer.state
    return BatchManifest(
        batch_id=state.batch_id,
        entity=state.entity,
        source="http://127.0.0.1",
        data_origin="synthetic",
        strategy="publication_window",
        scope_id="test",
        fetch_version="1",
        window=state.window,
        query=state.query,
        expected=state.tally.received,
        received=state.tally.received,
        unchanged=state.tally.unchanged,
        stored=state.tally.stored,
        duplicates=state.tally.duplicates,
        gone=0,
        pages=writer.pages(),
        started_at=state.started_at,
        ended_at=utc_now(),
        requests=state.tally.requests,
        credits=state.tally.credits,
        api_generation="awards",
        checks=(),
    )


@pytest.fixture
def write_batch(begin: Callable[..., BatchWriter]) -> Write:
    """Commits a batch of one page."""

    def write(records: dict[str, str], window_id: str = "works-2019") -> BatchManifest:
        writer = begin(window_id)
        _append(writer, records, None)
        manifest = _manifest_of(writer)
        writer.commit(manifest)
        return manifest

    return write
