"""How a typed batch comes to be: whole, once, and only from a raw batch that is whole."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from include.common.errors import BusyError, ContractError, StorageError
from include.common.files import only_one
from include.contracts.batch import BatchManifest
from include.contracts.typed import TABLES, TypedManifest
from include.contracts.versions import version_of
from include.flatten import flatten_batch, flatten_new, flatten_stale, flatten_version
from include.settings import REPOSITORY, Settings
from tests.unit.flatten.raw_batches import rows, work, write_batch


@pytest.fixture
def batch_id(settings: Settings) -> str:
    return write_batch(settings, "works", [work(n) for n in range(1, 6)], page_size=2)


def raw_folder(settings: Settings, batch_id: str) -> Path:
    return settings.raw_zone / "works" / f"batch={batch_id}"


def typed_folder(settings: Settings, batch_id: str) -> Path:
    return settings.typed_zone / f"batch={batch_id}"


def test_every_declared_table_is_written_as_declared(settings: Settings, batch_id: str) -> None:
    typed = flatten_batch(settings, batch_id)
    assert set(typed.rows) == set(TABLES)
    for table, columns in TABLES.items():
        file = typed_folder(settings, batch_id) / f"{table}.parquet"
        found = duckdb.sql(f"describe select * from read_parquet('{file}', hive_partitioning = false)").fetchall()
        assert [(row[0], row[1]) for row in found] == [tuple(column) for column in columns], table


def test_the_manifest_says_what_came_from_where(settings: Settings, batch_id: str) -> None:
    made = flatten_batch(settings, batch_id)
    assert TypedManifest.load(typed_folder(settings, batch_id) / "_typed.json") == made
    raw = BatchManifest.load(raw_folder(settings, batch_id) / "_manifest.json")
    assert (made.batch_id, made.entity, made.window_id) == (batch_id, "works", raw.window.window_id)
    assert (made.records_in, made.records_typed, made.records_quarantined) == (5, 5, 0)


def test_nothing_else_is_left_in_the_home(settings: Settings, batch_id: str) -> None:
    flatten_batch(settings, batch_id)
    assert [entry.name for entry in settings.typed_zone.iterdir()] == [f"batch={batch_id}"]
    assert list((settings.home / "tmp").iterdir()) == []


def test_a_second_flatten_does_nothing(settings: Settings, batch_id: str) -> None:
    made = flatten_batch(settings, batch_id)
    before = {file: file.stat().st_mtime_ns for file in typed_folder(settings, batch_id).iterdir()}
    assert flatten_batch(settings, batch_id) == made
    assert flatten_new(settings) == []
    assert {file: file.stat().st_mtime_ns for file in typed_folder(settings, batch_id).iterdir()} == before


def test_only_new_batches_are_flattened_oldest_first(settings: Settings, batch_id: str) -> None:
    flatten_batch(settings, batch_id)
    others = [write_batch(settings, "works", [work(n)]) for n in (7, 8)]
    assert [typed.batch_id for typed in flatten_new(settings)] == sorted(others)


def test_a_raw_batch_that_changed_is_flattened_again(settings: Settings, batch_id: str) -> None:
    first = flatten_batch(settings, batch_id)
    manifest_file = raw_folder(settings, batch_id) / "_manifest.json"
    BatchManifest.load(manifest_file).model_copy(update={"credits": 99}).save(manifest_file)
    again = flatten_batch(settings, batch_id)
    assert again.raw_manifest_sha256 != first.raw_manifest_sha256
    assert len(rows(settings, batch_id, "works")) == 5


def test_what_another_version_of_flatten_made_is_made_again_from_raw(
    settings: Settings, batch_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    made, new = flatten_batch(settings, batch_id), write_batch(settings, "works", [work(9)])
    folder = typed_folder(settings, batch_id)
    made.model_copy(update={"flatten_version": "another"}).save(folder / "_typed.json")
    (folder / "works.parquet").write_bytes(b"what another version wrote")
    with only_one(settings.warehouse_lock, "a build"), pytest.raises(BusyError):
        flatten_stale(settings)
    assert (folder / "works.parquet").read_bytes() == b"what another version wrote", "a build may read it"
    with caplog.at_level("INFO", logger="entangled"):
        (again,) = flatten_stale(settings)
    assert "1 typed batches were not made by flatten as it is now" in caplog.text
    assert again.flatten_version == flatten_version()
    assert len(rows(settings, batch_id, "works")) == 5
    assert not typed_folder(settings, new).exists(), "what was never flattened waits for the ingest"
    assert [one.batch_id for one in flatten_new(settings)] == [new]
    assert flatten_new(settings) == flatten_stale(settings) == []
    assert not [entry for entry in settings.typed_zone.iterdir() if entry.name.startswith(".")]


def test_the_flatten_version_follows_code_and_not_words(tmp_path: Path) -> None:
    def version(python: str, sql: str, duckdb_version: str = "1") -> str:
        (tmp_path / "one.py").write_text(python)
        (tmp_path / "one.sql").write_text(sql)
        return version_of(tmp_path, duckdb_version)

    python, sql = 'def one():\n    """Words."""\n    return 1\n', "-- words\nselect 1\n"
    first = version(python, sql)
    assert version(python.replace("Words", "Other words") + "# and more\n", sql.replace("words", "others")) == first
    others = {version(python.replace("1", "2"), sql), version(python, sql.replace("1", "2")), version(python, sql, "2")}
    assert len({first, *others}) == 4
    (tmp_path / "__init__.py").write_text("the face of the package")
    assert version(python, sql) == first
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "__init__.py").write_text("what reads the SQL")
    assert version(python, sql) != first


@pytest.mark.parametrize("damage", ["torn manifest", "table missing"])
def test_a_damaged_typed_batch_is_made_again(settings: Settings, batch_id: str, damage: str) -> None:
    flatten_batch(settings, batch_id)
    folder = typed_folder(settings, batch_id)
    if damage == "torn manifest":
        (folder / "_typed.json").write_text("{")
    else:
        (folder / "topics.parquet").unlink()
    assert [typed.batch_id for typed in flatten_new(settings)] == [batch_id]
    assert {file.name for file in folder.iterdir()} == {"_typed.json", *(f"{table}.parquet" for table in TABLES)}


@pytest.mark.parametrize("damage", ["torn", "missing", "hashes"])
def test_a_raw_batch_that_is_not_whole_is_refused(settings: Settings, batch_id: str, damage: str) -> None:
    name = "_hashes.parquet" if damage == "hashes" else "page-00002.jsonl.gz"
    file = raw_folder(settings, batch_id) / name
    if damage == "torn":
        file.write_bytes(file.read_bytes()[:-5])
    else:
        file.unlink()
    with pytest.raises(ContractError, match=name) as caught:
        flatten_batch(settings, batch_id)
    assert "extract --all --full" in str(caught.value)
    assert not settings.typed_zone.exists()


def test_a_manifest_that_contradicts_its_batch_is_refused(settings: Settings, batch_id: str) -> None:
    manifest_file = raw_folder(settings, batch_id) / "_manifest.json"
    BatchManifest.load(manifest_file).model_copy(update={"stored": 4}).save(manifest_file)
    with pytest.raises(ContractError, match="contradicts"):
        flatten_batch(settings, batch_id)


def test_a_foreign_manifest_is_refused(settings: Settings, batch_id: str) -> None:
    (raw_folder(settings, batch_id) / "_manifest.json").write_text('{"hello": 1}')
    with pytest.raises(ContractError, match="cannot be read"):
        flatten_new(settings)


def test_an_unknown_batch_is_refused(settings: Settings) -> None:
    with pytest.raises(ContractError, match="no raw batch"):
        flatten_batch(settings, "01ARZ3NDEKTSV4RRFFQ69G5FAV")


def test_a_batch_without_records_becomes_empty_tables(settings: Settings) -> None:
    typed = flatten_batch(settings, write_batch(settings, "works", []))
    assert sum(typed.rows.values()) == 0


def test_a_home_whose_name_is_awkward_works(tmp_path: Path) -> None:
    settings = Settings(ENTANGLED_HOME=tmp_path / "it's a=home")  # type: ignore[call-arg]
    typed = flatten_batch(settings, write_batch(settings, "works", [work(1), b"{"]))
    assert (typed.records_typed, typed.records_quarantined) == (1, 1)


def test_a_typed_zone_that_cannot_be_written_is_a_clear_error(settings: Settings, batch_id: str) -> None:
    settings.typed_zone.write_text("a file where a folder is needed")
    with pytest.raises(StorageError) as caught:
        flatten_batch(settings, batch_id)
    assert str(settings.typed_zone) in str(caught.value)


def flatten_process(settings: Settings, *limits: str) -> subprocess.Popen[str]:
    command = [*limits, sys.executable, "-m", "include.flatten"]
    return subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env={**os.environ, "ENTANGLED_HOME": str(settings.home)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_two_processes_at_once_do_no_harm(settings: Settings, batch_id: str) -> None:
    processes = [flatten_process(settings) for _ in range(2)]
    for process in processes:
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
    assert [entry.name for entry in settings.typed_zone.iterdir()] == [f"batch={batch_id}"]
    assert len(rows(settings, batch_id, "works")) == 5


def visible(settings: Settings) -> Iterator[Path]:
    return settings.typed_zone.glob("batch=*")


@pytest.mark.slow
def test_a_killed_flatten_leaves_nothing_visible_and_can_be_run_again(settings: Settings) -> None:
    batch_id = write_batch(settings, "works", [work(n) for n in range(3000)])
    process = flatten_process(settings)
    while not (settings.typed_zone.exists() and any(settings.typed_zone.iterdir())):
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert list(visible(settings)) == []
    assert flatten_batch(settings, batch_id).records_typed == 3000
    # what the killed one left is too young to be judged dead; another day it is removed
    [left] = [entry for entry in settings.typed_zone.iterdir() if entry.name.startswith(".")]
    os.utime(left, (0, 0))
    (typed_folder(settings, batch_id) / "_typed.json").unlink()
    flatten_batch(settings, batch_id)
    assert not left.exists()


def test_a_full_disk_is_a_clear_error_and_changes_nothing(settings: Settings) -> None:
    batch_id = write_batch(settings, "works", [work(n) for n in range(2000)])
    # no file may grow beyond 8 kB: the same error number path as a full disk, and needs no mount
    process = flatten_process(settings, "/bin/sh", "-c", 'ulimit -f 8; exec "$@"', "sh")
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 1
    assert "what to do" in errors
    assert "Traceback" not in errors
    assert list(visible(settings)) == []
    assert flatten_batch(settings, batch_id).records_typed == 2000


def test_the_command_says_what_it_did(settings: Settings, batch_id: str) -> None:
    first, _ = flatten_process(settings).communicate(timeout=600)
    assert f"{batch_id}  works" in first
    assert "5 typed" in first
    second, _ = flatten_process(settings).communicate(timeout=600)
    assert second == "nothing to flatten: every raw batch is in the typed zone\n"
