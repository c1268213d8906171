"""What include.warehouse says before dbt starts: nothing to build from, mixed origins, a locked or damaged file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from include.common.errors import BusyError
from include.common.files import only_one
from include.contracts.typed import TypedManifest
from include.settings import REPOSITORY, Settings, child_environment
from include.warehouse import build, check_build, dbt_alone, dbt_environment, export_candidate, prepare
from include.warehouse.errors import ListBroken, MixedOrigins, NoBatches, StaleBatches, WarehouseBroken
from include.warehouse.project import note, noted
from include.warehouse.state import open_warehouse, typed_batches
from tests.unit.warehouse.typed_batches import (
    Author,
    Rows,
    Work,
    rows_of,
    settings_in,
    write_batch,
    write_csv,
    write_scope,
)

WORK = Work("W1", (Author(countries=("DE", "CN")),))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def ready(settings: Settings) -> Settings:
    write_scope(settings)
    write_batch(settings, "works", rows_of((WORK,)), batch_id="01A")
    return settings


def test_a_build_without_batches_names_the_step_before(settings: Settings) -> None:
    with pytest.raises(NoBatches) as error:
        build(settings)
    assert "include.flatten" in error.value.fix
    assert str(settings.typed_zone) in str(error.value)
    assert not settings.warehouse_file.exists()


def test_a_build_without_a_scope_names_the_step_that_writes_it(settings: Settings) -> None:
    write_batch(settings, "works", rows_of((WORK,)))
    with pytest.raises(NoBatches, match="scope"):
        build(settings)


def test_invented_and_real_batches_are_never_built_together(ready: Settings) -> None:
    write_batch(ready, "works", Rows(), origin="synthetic")
    with pytest.raises(MixedOrigins, match="recorded, synthetic"):
        build(ready)


def test_a_damaged_warehouse_file_is_called_disposable_and_left_as_it_is(ready: Settings) -> None:
    ready.warehouse_file.write_bytes(b"not a database" * 1000)
    for use in (build, check_build):
        with pytest.raises(WarehouseBroken) as error:
            use(ready)
        assert "delete it; it is rebuilt from the typed batches" in error.value.fix
    assert ready.warehouse_file.read_bytes().startswith(b"not a database")


@pytest.mark.parametrize("written", [0, 5000])
def test_a_file_that_a_full_disk_let_nobody_begin_is_no_warehouse(ready: Settings, written: int) -> None:
    ready.warehouse_file.write_bytes(bytes(written))
    with pytest.raises(WarehouseBroken, match="has not been built"):
        check_build(ready)
    prepare(ready)
    assert not ready.warehouse_file.exists()


def test_a_warehouse_file_in_use_is_busy_not_broken(ready: Settings) -> None:
    hold = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); c.execute('create table t (a int)'); "
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(ready.warehouse_file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"held"
        try:
            with pytest.raises(BusyError, match="another process"):
                build(ready)
            with pytest.raises(BusyError, match="another process"), open_warehouse(ready):
                pass
        finally:
            other.communicate()


def test_a_second_build_at_the_same_time_is_refused(ready: Settings) -> None:
    with only_one(ready.locks_dir / "warehouse.lock", "a build"), pytest.raises(BusyError, match="already running"):
        build(ready)


def test_a_build_refuses_a_list_of_ones_own_that_is_at_fault_before_dbt_starts(ready: Settings, tmp_path: Path) -> None:
    lists, before = tmp_path / "lists", noted(ready)
    write_csv(lists / "country_groups.csv", ["group_code,country_code", "OURS,DE"])
    with pytest.raises(ListBroken, match="cannot be extended"):
        build(ready.model_copy(update={"extra_lists": lists}))
    with pytest.raises(ListBroken, match="is not there"):
        build(ready.model_copy(update={"extra_lists": tmp_path / "list"}))
    assert noted(ready) == before


def test_typed_batches_are_listed_oldest_first(ready: Settings) -> None:
    write_batch(ready, "topics", Rows(), batch_id="01B")
    assert [batch.batch_id for batch in typed_batches(ready)] == ["01A", "01B"]


def test_dbt_gets_absolute_paths_and_writes_nothing_into_the_repository(settings: Settings) -> None:
    environment = dbt_environment(settings)
    paths = {name: value for name, value in environment.items() if value.startswith("/")}
    assert {"ENTANGLED_DBT_WAREHOUSE", "ENTANGLED_DBT_TYPED", "ENTANGLED_DBT_RAW", "ENTANGLED_DBT_SCOPE_FILE"} <= set(
        paths
    )
    written = [environment[name] for name in ("DBT_TARGET_PATH", "DBT_LOG_PATH", "ENTANGLED_DBT_SPILL")]
    assert all(Path(path).is_relative_to(settings.home) for path in written)
    assert environment["ENTANGLED_DBT_EXTRA_LISTS"] == ""
    assert environment["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("count_version", "other models, lists or scope"),
        ("flatten_version", "other typed batches"),
        ("duckdb_version", "other DuckDB"),
    ],
)
def test_a_warehouse_that_was_built_with_other_things_is_built_anew(
    ready: Settings, caplog: pytest.LogCaptureFixture, what: str, reason: str
) -> None:
    prepare(ready)
    duckdb.connect(str(ready.warehouse_file)).close()
    prepare(ready)
    assert ready.warehouse_file.is_file(), "the same things are no reason"
    now = noted(ready)
    assert now is not None
    note(ready, now.model_copy(update={what: "another"}))
    log = ready.warehouse_file.with_name(f"{ready.warehouse_file.name}.wal")
    log.write_text("what DuckDB had not yet put into the file")
    with caplog.at_level("INFO", logger="entangled"):
        prepare(ready)
    assert not ready.warehouse_file.exists()
    assert not log.exists()
    assert reason in caplog.text
    assert noted(ready) == now


def test_a_file_that_another_duckdb_wrote_goes_although_this_one_cannot_read_it(ready: Settings) -> None:
    prepare(ready)
    now = noted(ready)
    assert now is not None
    note(ready, now.model_copy(update={"duckdb_version": "9.9"}))
    ready.warehouse_file.write_bytes(b"written in a form of the future" * 1000)
    prepare(ready)
    assert not ready.warehouse_file.exists()


def test_a_warehouse_that_does_not_say_what_built_it_is_built_anew(ready: Settings) -> None:
    prepare(ready)
    duckdb.connect(str(ready.warehouse_file)).close()
    ready.warehouse_file.with_name("built_with.json").unlink()
    prepare(ready)
    assert not ready.warehouse_file.exists()


def test_batches_of_another_flatten_are_refused_with_what_to_do(ready: Settings) -> None:
    file = next(ready.typed_zone.glob("batch=*/_typed.json"))
    TypedManifest.load(file).model_copy(update={"flatten_version": ""}).save(file)
    with pytest.raises(StaleBatches, match="1 of 1 typed batches") as refused:
        build(ready)
    assert "python -m include.flatten" in str(refused.value)
    assert not ready.warehouse_file.exists()


@pytest.mark.parametrize("act", [prepare, check_build, lambda settings: export_candidate(settings, "run")])
def test_whoever_touches_the_warehouse_waits_for_the_others(ready: Settings, act: Callable[[Settings], object]) -> None:
    with (
        only_one(ready.warehouse_lock, "a build of another process"),
        pytest.raises(BusyError, match="already running"),
    ):
        act(ready)


def test_dbt_in_airflow_holds_the_lock_while_it_runs_and_refuses_when_another_does(ready: Settings) -> None:
    environment = child_environment(
        ENTANGLED_HOME=str(ready.home), PYTHONPATH=str(REPOSITORY), **dbt_environment(ready)
    )
    command = [str(dbt_alone()), "--no-use-colors", "--version"]
    ended = subprocess.run(command, env=environment, cwd=ready.home, capture_output=True, text=True)
    assert (ended.returncode, "Core:" in ended.stdout) == (0, True), ended.stderr
    with only_one(ready.warehouse_lock, "a build of another process"):
        ended = subprocess.run(command, env=environment, cwd=ready.home, capture_output=True, text=True)
    assert ended.returncode == BusyError.exit_code
    assert "a build of the warehouse is already running" in ended.stderr
