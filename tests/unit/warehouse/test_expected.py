"""What a build says beforehand of the disk that it may take."""

from __future__ import annotations

import logging
from collections import namedtuple
from pathlib import Path

import pytest

from include.contracts.typed import TypedManifest
from include.settings import Settings
from include.warehouse.expected import expected_bytes, say_expected_disk
from include.warehouse.state import typed_batches
from tests.unit.warehouse.typed_batches import Author, Work, rows_of, settings_in, write_batch

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def large(tmp_path: Path) -> tuple[Settings, list[TypedManifest]]:
    """A home whose one batch of works says that it holds a million."""
    settings = settings_in(tmp_path)
    write_batch(settings, "works", rows_of((Work("W1", (Author(),)),)), batch_id="01A")
    (batch,) = typed_batches(settings)
    return settings, [batch.model_copy(update={"records_typed": 1_000_000})]


@pytest.mark.parametrize(("free", "level"), [(10**12, logging.INFO), (10**9, logging.WARNING)])
def test_a_large_build_says_what_it_may_take_and_warns_where_less_is_free(
    large: tuple[Settings, list[TypedManifest]],
    free: int,
    level: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10**12, 0, free))
    caplog.set_level(logging.INFO)
    say_expected_disk(*large)
    (record,) = caplog.records
    assert record.levelno == level
    assert "may take 4.0 GB of disk" in record.getMessage()


def test_what_the_warehouse_holds_already_is_not_expected_again(large: tuple[Settings, list[TypedManifest]]) -> None:
    settings, batches = large
    settings.warehouse_file.parent.mkdir(parents=True, exist_ok=True)
    before = expected_bytes(settings, batches)
    settings.warehouse_file.write_bytes(b"x" * 1000)
    assert expected_bytes(settings, batches) == before - 1000


def test_a_small_build_says_nothing_of_disks(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = settings_in(tmp_path)
    write_batch(settings, "works", rows_of((Work("W1", (Author(),)),)), batch_id="01A")
    caplog.set_level(logging.INFO)
    say_expected_disk(settings, typed_batches(settings))
    assert caplog.records == []
