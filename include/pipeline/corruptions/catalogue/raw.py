"""Corruptions of the raw zone, from which all else is then made again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from include.contracts.batch import BatchManifest
from include.pipeline.corruptions.bench import Bench, Known, json_lines, raw_files, raw_records
from include.pipeline.corruptions.row import Corruption, Group

_row = Group("raw", "raw")
Lines = Callable[[Known, list[bytes]], list[bytes]]


def _half(known: Known, lines: list[bytes]) -> list[bytes]:
    return lines[: (len(lines) + 1) // 2]


def _twice(known: Known, lines: list[bytes]) -> list[bytes]:
    return [*lines, *lines]


def _largest(folder: Path) -> Path:
    """The batch with most records."""
    return max(folder.glob("batch=*"), key=lambda each: BatchManifest.load(each / "_manifest.json").stored)


def _batches(zone: Path, year: int) -> list[Path]:
    """The batches of works of one year."""
    found = []
    for folder in (zone / "works").glob("batch=*"):
        window = BatchManifest.load(folder / "_manifest.json").window
        if window.date_from is not None and window.date_from.year == year:
            found.append(folder)
    return found


def _lose_a_year(bench: Bench, zone: Path) -> None:
    for folder in _batches(zone, 2020):
        shutil.rmtree(folder)


def _lose_manifests(bench: Bench, zone: Path) -> None:
    for folder in _batches(zone, 2020):
        (folder / "_manifest.json").unlink()


def _lose_totals(bench: Bench, zone: Path) -> None:
    for folder in sorted((zone / "totals").glob("batch=*"))[1:]:
        shutil.rmtree(folder)


def _lose_funders(bench: Bench, zone: Path) -> None:
    for folder in (zone / "funders").glob("batch=*"):
        shutil.rmtree(folder)


def _swap_page_files(bench: Bench, zone: Path) -> None:
    one, other = sorted((zone / "works").glob("batch=*"))[:2]
    aside = one.with_name("aside")
    (one / "page-00001.jsonl.gz").rename(aside)
    (other / "page-00001.jsonl.gz").rename(one / "page-00001.jsonl.gz")
    aside.rename(other / "page-00001.jsonl.gz")


def _another_origin(bench: Bench, zone: Path) -> None:
    for file in (zone / "totals").glob("batch=*/_manifest.json"):
        BatchManifest.load(file).model_copy(update={"data_origin": "openalex"}).save(file)


def _foreign_file(bench: Bench, zone: Path) -> None:
    (zone / "works" / "notes.txt").write_text("to be looked at\n")


def _garbage(bench: Bench, zone: Path) -> None:
    file = next(_largest(zone / "works").glob("page-*"))
    packed = bytearray(file.read_bytes())
    packed[len(packed) // 2] ^= 0xFF
    file.write_bytes(packed)


def _manifest(**update: Any) -> Callable[[Bench, Path], None]:
    def edit(bench: Bench, zone: Path) -> None:
        file = _largest(zone / "works") / "_manifest.json"
        told = json.loads(file.read_text())
        told |= {name: change(told[name]) if callable(change) else change for name, change in update.items()}
        file.write_text(json.dumps(told, indent=2) + "\n")

    return edit


def _works(edit: Callable[[str, dict[str, Any]], dict[str, Any]]) -> Lines:
    return json_lines(lambda record: edit("works", record))


def _halved_counts(record: dict[str, Any]) -> dict[str, Any]:
    groups = [{**group, "count": group["count"] // 2} for group in record["group_by"]]
    return {**record, "group_by": groups}


RAW: tuple[Corruption, ...] = (
    _row(
        "raw_page_truncated",
        "Half of the lines of every page are gone; the manifest still has their digests.",
        "gate 1",
        "torn",
        raw_records("works", _half, manifest_agrees="never"),
    ),
    _row(
        "raw_page_truncated_and_told",
        "Half of the lines of every page are gone; the manifest tells of these pages, and of all that was received.",
        "gate 3",
        "mart_ops_batches_consistent",
        raw_records("works", _half, manifest_agrees="pages"),
    ),
    _row(
        "raw_truncated_wholly_consistent",
        "Half of the lines of every page are gone, and the manifest was edited to fit in every count.",
        "gate 3",
        "joint_papers_stable_fail",
        raw_records("works", _half),
    ),
    _row(
        "raw_lines_doubled",
        "Every line of every page stands there twice, and the manifest fits.",
        "gate 3",
        "quarantine_share_stable_fail",
        raw_records("works", _twice),
    ),
    _row(
        "raw_byte_flipped",
        "One byte of a page is another.",
        "gate 1",
        "torn",
        raw_files(_garbage),
    ),
    _row(
        "raw_pages_exchanged",
        "The pages of two batches are exchanged.",
        "gate 1",
        "torn",
        raw_files(_swap_page_files),
    ),
    _row(
        "raw_year_lost",
        "All batches of one year's works are gone.",
        "gate 3",
        "batches_kept",
        raw_files(_lose_a_year),
    ),
    _row(
        "raw_manifests_lost",
        "The manifests of one year's batches are gone: the folders are no batches any more.",
        "gate 3",
        "sweeps_have_their_batches",
        raw_files(_lose_manifests),
    ),
    _row(
        "raw_latest_totals_lost",
        "The latest answers to the questions for denominators are gone; those of the days before are there.",
        "gate 3",
        "sweeps_have_their_batches",
        raw_files(_lose_totals),
    ),
    _row(
        "raw_funder_records_lost",
        "All records of funders are gone.",
        "gate 3",
        "sweeps_have_their_batches",
        raw_files(_lose_funders),
    ),
    _row(
        "raw_another_origin",
        "The batches of denominators say that they are real data.",
        "gate 2",
        "origin",
        raw_files(_another_origin),
    ),
    _row(
        "raw_foreign_file",
        "A file that entangled did not write lies among the batches.",
        "gate 1",
        "did not write",
        raw_files(_foreign_file),
    ),
    _row(
        "raw_stored_count_wrong",
        "A manifest says that a record more was stored than its pages hold.",
        "gate 1",
        "stored records",
        raw_files(_manifest(stored=lambda count: count + 1)),
    ),
    _row(
        "raw_expected_count_wrong",
        "A manifest says that the source had ten more records than were received.",
        "gate 3",
        "mart_ops_batches_consistent",
        raw_files(_manifest(expected=lambda count: count + 10)),
    ),
    _row(
        "raw_totals_halved",
        "All denominators are halved in pages whose manifests fit.",
        "gate 3",
        "reporter_papers_stable_fail",
        raw_records("totals", json_lines(_halved_counts)),
    ),
)
