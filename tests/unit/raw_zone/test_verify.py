"""Verify finds every kind of damage by name, and changes nothing."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from include.common.errors import ContractError
from include.contracts.batch import BatchManifest
from include.raw_zone import list_batches, verify
from include.raw_zone.verify import refuse_foreign_files
from include.settings import Settings


@pytest.fixture
def batch(settings: Settings, write_batch: Callable[..., BatchManifest]) -> Path:
    """The folder of a committed batch."""
    return settings.raw_zone / "works" / f"batch={write_batch({'W1': 'a', 'W2': 'b'}).batch_id}"


def test_a_whole_raw_zone_has_no_problems(settings: Settings, batch: Path) -> None:
    report = verify(settings)
    assert (report.batches, report.pages, report.records, report.problems) == (1, 1, 2, ())
    report.require_whole()


def test_a_raw_zone_that_is_not_there_is_whole(settings: Settings) -> None:
    assert verify(settings).batches == 0


def _tear(folder: Path) -> None:
    page = folder / "page-00001.jsonl.gz"
    page.write_bytes(page.read_bytes()[:-9])


def _swap(folder: Path) -> None:
    (folder / "page-00001.jsonl.gz").write_bytes(gzip.compress(b'{"id":"W7"}\n'))


def _lose(folder: Path) -> None:
    (folder / "page-00001.jsonl.gz").unlink()


def _add_page(folder: Path) -> None:
    (folder / "page-00002.jsonl.gz").write_bytes(gzip.compress(b"{}\n"))


def _lose_hashes(folder: Path) -> None:
    (folder / "_hashes.parquet").unlink()


def _tear_manifest(folder: Path) -> None:
    manifest = folder / "_manifest.json"
    manifest.write_text(manifest.read_text()[:200])


def _lose_manifest(folder: Path) -> None:
    (folder / "_manifest.json").unlink()


def _foreign_in_batch(folder: Path) -> None:
    (folder / "page-00001.jsonl").write_text("{}")


def _foreign_beside(folder: Path) -> None:
    (folder.parent / "export.csv").write_text("1")


def _foreign_entity(folder: Path) -> None:
    (folder.parent.parent / "patents").mkdir()


@pytest.mark.parametrize(
    ("damage", "name", "words"),
    [
        (_tear, "page-00001.jsonl.gz", "torn or changed"),
        (_swap, "page-00001.jsonl.gz", "torn or changed"),
        (_lose, "page-00001.jsonl.gz", "missing"),
        (_add_page, "page-00002.jsonl.gz", "does not list"),
        (_lose_hashes, "_hashes.parquet", "missing"),
        (_tear_manifest, "batch=", "cannot be read"),
        (_lose_manifest, "batch=", "is missing"),
        (_foreign_in_batch, "page-00001.jsonl", "foreign file"),
        (_foreign_beside, "export.csv", "foreign file"),
        (_foreign_entity, "patents", "foreign file"),
    ],
)
def test_damage_is_named(
    settings: Settings, batch: Path, damage: Callable[[Path], None], name: str, words: str
) -> None:
    damage(batch)
    files = {file: file.read_bytes() for file in settings.raw_zone.rglob("*") if file.is_file()}
    report = verify(settings)
    assert len(report.problems) == 1
    assert name in report.problems[0] and words in report.problems[0]
    with pytest.raises(ContractError, match=words):
        report.require_whole()
    assert {file: file.read_bytes() for file in settings.raw_zone.rglob("*") if file.is_file()} == files


def test_an_unreadable_manifest_stops_the_listing_by_name(settings: Settings, batch: Path) -> None:
    _tear_manifest(batch)
    with pytest.raises(ContractError) as caught:
        list_batches(settings)
    assert caught.value.where == str(batch / "_manifest.json")


def test_what_entangled_wrote_is_not_foreign(settings: Settings, batch: Path, begin: Any) -> None:
    begin("works-2020")
    (settings.raw_zone / "_plan.json").write_text("{}")
    sweeps = settings.raw_zone / "works" / "_sweeps"
    sweeps.mkdir()
    (sweeps / "works-2019.json").write_text("{}")
    refuse_foreign_files(settings)
    report = verify(settings)
    assert report.problems == ()
    assert len(report.in_progress) == 1
