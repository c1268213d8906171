"""A snapshot and the API of one corpus end in the same typed works; each fault of a snapshot stops with its name."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from include import flatten, openalex
from include.contracts.batch import BatchManifest
from include.openalex.errors import SnapshotChanged, SnapshotFault
from include.openalex.snapshot import bundle, models
from include.pipeline.content import Content, typed_content
from include.pipeline.faults import fault_settings, ingest
from include.raw_zone import list_batches, verify
from include.sandbox.snapshot import write_snapshot
from include.settings import REPOSITORY, Settings

KINDS = [("2026", "jsonl"), ("2026", "parquet"), ("legacy", "jsonl")]
# nobody answers there: a load of a snapshot asks no API
NOWHERE = "http://127.0.0.1:9"
# works of the corpus that are in the scope, readable or not
DELIVERED = 377


def sandbox(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "include.sandbox", *arguments], cwd=REPOSITORY, check=True, capture_output=True
    )


@pytest.fixture(scope="module")
def from_api(small_sandbox: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Content]:
    """A home that was filled from the API."""
    settings = fault_settings(tmp_path_factory.mktemp("api"), small_sandbox, Path("none"))
    ingest(settings, works_only=True)
    return settings, typed_content(settings)


@pytest.fixture
def make_home(tmp_path: Path) -> Callable[..., Settings]:
    """Settings of a home that reads a snapshot."""

    def make(snapshot: Path, url: str = NOWHERE) -> Settings:
        settings = fault_settings(tmp_path / "home", url, Path("none"))
        return settings.model_copy(update={"snapshot": str(snapshot)})

    return make


def bring_in(settings: Settings) -> Content:
    openalex.resolve_scope(settings)
    openalex.load_snapshot(settings)
    flatten.flatten_new(settings)
    return typed_content(settings)


@pytest.mark.parametrize(("layout", "form"), KINDS)
def test_a_snapshot_ends_in_the_same_typed_works_as_the_api(
    layout: Any, form: Any, small_corpus: Path, from_api: tuple[Settings, Content], make_home: Any, tmp_path: Path
) -> None:
    write_snapshot(small_corpus, tmp_path / "s", layout=layout, form=form)
    settings = make_home(tmp_path / "s")
    found = bring_in(settings)
    assert list(from_api[1].differences(found)) == []
    (manifest,) = list_batches(settings)
    assert manifest.strategy == "snapshot"
    assert manifest.source.startswith(str(tmp_path / "s"))
    assert verify(settings).problems == ()


@pytest.fixture
def snapshot(small_corpus: Path, tmp_path: Path) -> Path:
    """A snapshot of the corpus, 2026 layout, jsonl."""
    write_snapshot(small_corpus, tmp_path / "s")
    return tmp_path / "s" / "data" / "jsonl" / "works"


@pytest.fixture
def settings(make_home: Callable[..., Settings], snapshot: Path) -> Settings:
    made = make_home(snapshot.parents[2])
    openalex.resolve_scope(made)
    return made


def parts(snapshot: Path) -> list[Path]:
    return sorted(snapshot.glob("updated_date=*/part_*"))


def edit_manifest(snapshot: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest and make its sums right again."""
    manifest = orjson.loads((snapshot / "manifest.json").read_bytes())
    edit(manifest)
    for total in ("record_count", "content_length"):
        manifest[total] = sum(file["meta"][total] for file in manifest["files"])
    (snapshot / "manifest.json").write_bytes(orjson.dumps(manifest))
    (snapshot.parent / "manifest.json").unlink(missing_ok=True)


def add_line(snapshot: Path, line: bytes) -> None:
    """One more line in the newest part, with the manifest true to it."""
    newest = parts(snapshot)[-1]
    newest.write_bytes(gzip.compress(gzip.decompress(newest.read_bytes()) + line + b"\n"))

    def edit(manifest: dict[str, Any]) -> None:
        meta = max(manifest["files"], key=lambda file: file["url"])["meta"]
        meta |= {"content_length": newest.stat().st_size, "record_count": meta["record_count"] + 1}

    edit_manifest(snapshot, edit)


def only_batch(settings: Settings) -> BatchManifest:
    (manifest,) = list_batches(settings, "works")
    return manifest


def test_every_record_of_every_part_is_matched_or_left_out(settings: Settings) -> None:
    (loaded,) = openalex.load_snapshot(settings)
    assert loaded.records == loaded.matched + loaded.left_out == 396
    assert loaded.matched == DELIVERED
    assert only_batch(settings).received == loaded.matched


def test_a_load_that_was_killed_goes_on_in_the_part_where_it_was(
    settings: Settings, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "RECORDS_A_PAGE", 5)
    # parts are read newest first: when this one is met, 26 are in
    missing = parts(snapshot)[20]
    missing.rename(snapshot / "aside")
    with pytest.raises(SnapshotFault, match="it is missing"):
        openalex.load_snapshot(settings)
    assert list_batches(settings, "works") == []
    (snapshot / "aside").rename(missing)

    opened: list[str] = []
    select = bundle.selection.select

    def watched(connection: Any, file: str, *others: Any) -> Any:
        opened.append(file)
        return select(connection, file, *others)

    monkeypatch.setattr(bundle.selection, "select", watched)
    openalex.load_snapshot(settings)
    assert set(opened) <= {str(part) for part in parts(snapshot)[:22]}
    assert only_batch(settings).received == only_batch(settings).stored == DELIVERED
    assert verify(settings).problems == ()


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda part: part.write_bytes(part.read_bytes()[:-9]), "bytes, and the manifest says"),
        (lambda part: part.unlink(), "it is missing"),
    ],
)
def test_a_part_that_is_not_what_the_manifest_says_stops_the_load(
    damage: Callable[[Path], None], says: str, settings: Settings, snapshot: Path
) -> None:
    damage(parts(snapshot)[3])
    with pytest.raises(SnapshotFault, match=says):
        openalex.load_snapshot(settings)
    assert list_batches(settings, "works") == []


def test_a_part_with_another_number_of_records_stops_the_load(settings: Settings, snapshot: Path) -> None:
    edit_manifest(snapshot, lambda manifest: manifest["files"][3]["meta"].update(record_count=99))
    with pytest.raises(SnapshotFault, match="and the manifest says 99"):
        openalex.load_snapshot(settings)


def test_a_manifest_whose_parts_do_not_add_up_is_refused(settings: Settings, snapshot: Path) -> None:
    manifest = orjson.loads((snapshot / "manifest.json").read_bytes())
    (snapshot / "manifest.json").write_bytes(orjson.dumps({**manifest, "record_count": 1}))
    with pytest.raises(SnapshotFault, match="and it says 1 in"):
        openalex.plan_snapshot(settings)


def test_a_snapshot_that_is_replaced_while_it_is_read_is_told_as_that(
    settings: Settings, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openalex.plan_snapshot(settings)
    edit_manifest(snapshot, lambda manifest: manifest.update(date="2027-01-01"))
    (planned,) = models.SnapshotPlan.load(settings.raw_zone / "_snapshot" / "plan.json").bundles
    with pytest.raises(SnapshotChanged, match="being replaced"):
        openalex.load_snapshot_bundle(settings, planned.window.window_id)
    assert list_batches(settings, "works") == []


def test_a_release_that_is_not_complete_yet_is_not_begun(settings: Settings, snapshot: Path) -> None:
    combined = snapshot.parent / "manifest.json"
    combined.write_bytes(orjson.dumps({**orjson.loads(combined.read_bytes()), "date": "2025-01-01"}))
    with pytest.raises(SnapshotChanged):
        openalex.plan_snapshot(settings)


def test_no_snapshot_is_told_as_that(make_home: Callable[..., Settings], tmp_path: Path) -> None:
    with pytest.raises(SnapshotFault, match="there is no snapshot of works here"):
        openalex.plan_snapshot(make_home(tmp_path))


def test_a_line_that_cannot_be_read_is_quarantined_and_a_work_that_stands_twice_counts_once(
    settings: Settings, snapshot: Path, from_api: tuple[Settings, Content]
) -> None:
    add_line(snapshot, b'{"id": "https://openalex.org/W1", "authorsh')
    typed_works = str(from_api[0].typed_zone / "batch=*" / "works.parquet")
    in_scope = {work for (work,) in duckdb.read_parquet(typed_works).select("work_id").fetchall()}
    lines = gzip.decompress(parts(snapshot)[0].read_bytes()).splitlines()
    add_line(snapshot, next(line for line in lines if orjson.loads(line)["id"].rpartition("/")[2] in in_scope))
    openalex.load_snapshot(settings)
    manifest = only_batch(settings)
    assert (manifest.received, manifest.duplicates, manifest.stored) == (DELIVERED + 2, 1, DELIVERED + 1)
    (typed,) = flatten.flatten_new(settings)
    assert typed.records_in == DELIVERED + 1


def test_a_second_load_takes_only_parts_that_are_newer(settings: Settings, snapshot: Path) -> None:
    openalex.load_snapshot(settings)
    assert openalex.load_snapshot(settings) == []
    work = orjson.loads(gzip.decompress(parts(snapshot)[-1].read_bytes()).splitlines()[0])
    day = snapshot / "updated_date=2026-03-01"
    day.mkdir()
    (day / "part_0000.gz").write_bytes(gzip.compress(orjson.dumps({**work, "display_name": "Another"}) + b"\n"))
    meta = {"content_length": (day / "part_0000.gz").stat().st_size, "record_count": 1}
    edit_manifest(
        snapshot,
        lambda manifest: manifest["files"].append({"url": f"s3://o/works/{day.name}/part_0000.gz", "meta": meta}),
    )
    (loaded,) = openalex.load_snapshot(settings)
    assert (len(loaded.parts), loaded.records, loaded.stored) == (1, 1, 1)


@pytest.mark.parametrize(("layout", "reason"), [("2026", "deleted"), ("legacy", "merged")])
def test_works_that_the_snapshot_lists_as_gone_get_tombstones_once(
    layout: Any, reason: str, small_corpus: Path, make_home: Callable[..., Settings], tmp_path: Path
) -> None:
    gone = {"W9900000361": date(2026, 2, 20), "W42": date(2026, 2, 20), "W9900000150": date(2020, 1, 1)}
    write_snapshot(small_corpus, tmp_path / "s", layout=layout, deleted=gone)
    settings = make_home(tmp_path / "s")
    bring_in(settings)
    (manifest,) = list_batches(settings, "tombstones")
    folder = settings.raw_zone / "tombstones" / f"batch={manifest.batch_id}"
    lines = [orjson.loads(line) for line in gzip.decompress((folder / "page-00001.jsonl.gz").read_bytes()).splitlines()]
    # W42 is not known here; the third was in the snapshot after the day on which it was listed
    assert [(line["id"], line["reason"]) for line in lines] == [("W9900000361", reason)]
    openalex.load_snapshot(settings)
    assert len(list_batches(settings, "tombstones")) == 1


def test_works_that_the_api_listed_after_the_snapshot_are_left_as_they_are(
    from_api: tuple[Settings, Content], small_corpus: Path, tmp_path: Path
) -> None:
    write_snapshot(small_corpus, tmp_path / "s", form="parquet")
    settings = from_api[0].model_copy(update={"snapshot": str(tmp_path / "s"), "base_url": NOWHERE})
    (loaded,) = openalex.load_snapshot(settings)
    assert (loaded.matched, loaded.stored) == (0, 0)
    assert typed_content(settings) == from_api[1]


def test_the_strategy_snapshot_makes_a_run_load_it(settings: Settings) -> None:
    (summary,) = openalex.extract_all(settings.model_copy(update={"strategy": "snapshot"}))
    assert (summary.received, summary.credits) == (DELIVERED, 0)


def test_with_the_strategy_snapshot_plan_and_extract_are_of_its_bundles(settings: Settings) -> None:
    by_snapshot = settings.model_copy(update={"strategy": "snapshot"})
    (due,) = openalex.plan(by_snapshot).due
    assert (due.to_read, due.requests) == (396, 0)
    summary = openalex.extract(by_snapshot, due.window.window_id)
    assert (summary.received, summary.stored) == (DELIVERED, DELIVERED)
    openalex.finish_snapshot(by_snapshot)
    assert openalex.plan(by_snapshot).due == []
    assert openalex.unswept_windows(by_snapshot) == []


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_the_api_after_a_snapshot_brings_no_work_twice(
    form: Any, small_corpus: Path, small_sandbox: str, make_home: Callable[..., Settings], tmp_path: Path
) -> None:
    write_snapshot(small_corpus, tmp_path / "s", form=form)
    settings = make_home(tmp_path / "s", small_sandbox)
    bring_in(settings)
    swept = openalex.extract_all(settings)
    assert (sum(one.received for one in swept), sum(one.stored for one in swept)) == (DELIVERED, 0)
