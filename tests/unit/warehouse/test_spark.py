"""Around a build on Spark, without Spark: what is refused, what Spark gets to read, and how its tables come back."""

from __future__ import annotations

import importlib.util
import json
import socket
import sys
import threading
import unicodedata
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import duckdb
import pandas as pd
import pytest

from include.common.duck import connect
from include.settings import REPOSITORY, Settings, SettingsError, get_settings
from include.warehouse.dbt import prepare
from include.warehouse.environment import manifest_file
from include.warehouse.errors import DbtFailed
from include.warehouse.spark.building import session_settings
from include.warehouse.spark.environment import SparkUnavailable, require_java, require_master
from include.warehouse.spark.inputs import write_inputs
from include.warehouse.spark.taking import note_results, take_tables
from tests.unit.candidates import test_settings


def _java(folder: Path, version: str) -> Path:
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2026-01-01' >&2\n")
    java.chmod(0o755)
    return folder


def test_without_java_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(SparkUnavailable, match="Spark needs Java, and there is none") as caught:
        require_java()
    assert "openjdk-17-jre-headless" in caught.value.fix


def test_an_old_java_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(_java(tmp_path / "old", "11.0.2")))
    with pytest.raises(SparkUnavailable, match="this is 11"):
        require_java()


def test_java_17_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = _java(tmp_path / "new", "17.0.15")
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert require_java() == str(home)


def test_a_master_that_does_not_answer_is_named_with_the_way_to_start_it(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = test_settings(tmp_path, ENTANGLED_SPARK_MASTER=f"spark://127.0.0.1:{port}")
    with pytest.raises(SparkUnavailable, match="Spark does not answer") as caught:
        require_master(settings)
    assert "make spark-up" in caught.value.fix


def test_a_build_that_airflow_starts_is_not_prepared_for_a_cluster_that_is_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(_java(tmp_path / "java", "17.0.15")))
    settings = test_settings(tmp_path, DBT_TARGET="spark", ENTANGLED_SPARK_MASTER="spark://127.0.0.1:1")
    with pytest.raises(SparkUnavailable, match="Spark does not answer"):
        prepare(settings)


def test_an_unknown_target_is_refused_by_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_TARGET", "snowflake")
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match=r"DBT_TARGET.*'duckdb' or 'spark'"):
        get_settings()
    get_settings.cache_clear()


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    own = tmp_path / "own"
    own.mkdir()
    (own / "lists.csv").write_text("list_id\nmine\n")
    settings = test_settings(tmp_path / "home", ENTANGLED_EXTRA_LISTS=str(own))
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "lists.csv").write_text("list_id\ntheirs\n")
    batch = settings.typed_zone / "batch=1"
    batch.mkdir(parents=True)
    duckdb.execute(f"copy (select 'W1' as work_id) to '{batch}/works.parquet' (format parquet)")
    places = {
        "reference.lists": f"read_csv('{seeds}/{{name}}.csv', header = true, all_varchar = true)",
        "typed.works": f"read_parquet('{settings.typed_zone}/batch=*/{{name}}.parquet')",
        "release.bi_ops_check": "",
    }
    sources = [
        {
            "source_name": place.split(".")[0],
            "name": place.split(".")[1],
            "config": {"meta": {"external_location": location} if location else {}},
        }
        for place, location in places.items()
    ]
    file = manifest_file(settings)
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"sources": dict(enumerate(sources))}))
    return settings


def test_spark_reads_typed_batches_in_place_and_the_rest_as_parquet(home: Settings, tmp_path: Path) -> None:
    sources = write_inputs(home, tmp_path / "inputs")
    assert sources["typed"] == {"works": f"{home.typed_zone}/batch=*/works.parquet"}
    assert sources.keys() == {"typed", "reference"}
    rows = duckdb.execute(f"select list_id from '{sources['reference']['lists']}' order by all").fetchall()
    assert rows == [("mine",), ("theirs",)]


def test_a_path_that_spark_takes_for_a_pattern_reaches_it_as_a_link(home: Settings, tmp_path: Path) -> None:
    odd = test_settings(tmp_path / "home [1]")
    odd.home.mkdir()
    (odd.home / "typed").symlink_to(home.typed_zone)
    (odd.home / "dbt").symlink_to(manifest_file(home).parent)
    files = write_inputs(odd, tmp_path / "inputs")["typed"]["works"]
    assert "[" not in files
    assert duckdb.execute(f"select work_id from '{files}'").fetchall() == [("W1",)]


def _made(folder: Path, rows: str, **columns: str) -> None:
    """A table as Spark leaves it, of a model with this contract."""
    (folder / "target").mkdir(parents=True, exist_ok=True)
    node = {
        "resource_type": "model",
        "schema": "marts",
        "name": "counts",
        "config": {"materialized": "table"},
        "columns": {name: {"name": name, "data_type": kind} for name, kind in columns.items()},
    }
    not_chosen = node | {"name": "others"}
    (folder / "target" / "manifest.json").write_text(json.dumps({"nodes": {"a": node, "b": not_chosen}}))
    table = folder / "tables" / "marts.db" / "counts"
    table.mkdir(parents=True, exist_ok=True)
    duckdb.execute(f"copy ({rows}) to '{table}/part-0.parquet' (format parquet)")


def test_tables_come_back_with_the_types_of_their_contract(tmp_path: Path) -> None:
    settings, file = test_settings(tmp_path), tmp_path / "taken.duckdb"
    _made(tmp_path / "spark", "select 2::int as papers, 2020::int as year", year="smallint", papers="bigint")
    take_tables(settings, tmp_path / "spark", file)
    with connect(settings, file, read_only=True) as db:
        described = db.execute("describe marts.counts").fetchall()
        assert [row[:2] for row in described] == [("year", "SMALLINT"), ("papers", "BIGINT")]
        assert db.execute("from marts.counts").fetchall() == [(2020, 2)]


def test_a_column_that_is_missing_is_told_and_the_earlier_file_stays(tmp_path: Path) -> None:
    settings, file = test_settings(tmp_path), tmp_path / "taken.duckdb"
    file.write_bytes(b"as it was")
    _made(tmp_path / "spark", "select 2 as papers", papers="bigint", year="smallint")
    with pytest.raises(DbtFailed, match=r"marts\.counts of Spark is not what its contract says"):
        take_tables(settings, tmp_path / "spark", file)
    assert file.read_bytes() == b"as it was"


def test_models_of_spark_and_tests_of_duckdb_are_one_build(tmp_path: Path) -> None:
    settings = test_settings(tmp_path)
    settings.warehouse_file.parent.mkdir(parents=True)
    with connect(settings, settings.warehouse_file) as db:
        db.execute(
            "create schema ops; create table ops.dbt_results (invocation_id text, command text, dbt_version text, "
            "started_at timestamptz, node_id text, resource_type text, severity text, status text, failures bigint, "
            "message text, seconds double); "
            "insert into ops.dbt_results values "
            "('x', 'test', '1.11', now(), 'test.a', 'test', 'error', 'pass', 0, null, 1)"
        )
    model = {"unique_id": "model.entangled.counts", "status": "success", "failures": None, "message": "OK"}
    note_results(settings, [model | {"execution_time": 2.0}])
    with connect(settings, settings.warehouse_file, read_only=True) as db:
        rows = db.execute(
            "select count(distinct invocation_id), command, resource_type, status from ops.dbt_results group by all "
            "order by all"
        ).fetchall()
        (builds,) = db.execute("select count(distinct (invocation_id, started_at)) from ops.dbt_results").fetchall()
    assert rows == [(1, "build", "model", "success"), (1, "build", "test", "pass")]
    assert builds == (1,)


def test_tests_that_dbt_never_began_leave_dbts_own_error_to_be_read(tmp_path: Path) -> None:
    settings = test_settings(tmp_path)
    settings.warehouse_file.parent.mkdir(parents=True, exist_ok=True)
    with connect(settings, settings.warehouse_file) as db:
        db.execute("create table taken as select 1 as one")
    note_results(settings, [{"unique_id": "model.entangled.counts"}])


def _of_spark(name: str) -> ModuleType:
    """A module that runs in Spark's own environment."""
    file = REPOSITORY / "dbt_project" / "spark" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program that runs dbt on Spark, without Spark, with a patience of moments."""
    monkeypatch.setitem(sys.modules, "accents", _of_spark("accents"))
    monkeypatch.setitem(sys.modules, "pyspark", ModuleType("pyspark"))
    monkeypatch.setitem(sys.modules, "pyspark.sql", SimpleNamespace(SparkSession=object))  # type: ignore[arg-type]
    module = _of_spark("run_dbt")
    monkeypatch.setattr(module, "LONGEST_SECONDS_WITHOUT_WORKERS", 0.1)
    monkeypatch.setattr(module, "_SECONDS_BETWEEN_LOOKS", 0.01)
    monkeypatch.setattr(module.os, "_exit", sys.exit)
    return module


def _session(executors: Callable[[], list[str]]) -> Any:
    context = SimpleNamespace(statusTracker=lambda: SimpleNamespace(getExecutorInfos=executors))
    return SimpleNamespace(sparkContext=SimpleNamespace(_jsc=SimpleNamespace(sc=lambda: context)))


def test_a_build_whose_workers_are_all_gone_ends_with_a_sentence(
    driver: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        driver._end_without_workers(_session(lambda: ["driver"]), threading.Event())
    assert ended.value.code == driver.EXIT_WITHOUT_WORKERS
    assert "Spark has had no worker" in capsys.readouterr().out


def test_a_build_with_workers_goes_on_until_it_is_over(driver: ModuleType) -> None:
    is_over, looks = threading.Event(), 0

    def executors() -> list[str]:
        nonlocal looks
        looks += 1
        # longer than the patience; between two looks the cluster once does not answer
        if looks == 30:
            is_over.set()
        if looks == 2:
            raise ConnectionError
        return ["driver", "worker"]

    driver._end_without_workers(_session(executors), is_over)
    assert looks == 30


def test_accents_go_as_duckdb_takes_them() -> None:
    # signs that this Python's Unicode knows
    signs = [sign for code in range(0x80, 0x30000) if unicodedata.category(sign := chr(code)) not in ("Cn", "Cs")]
    texts = pd.DataFrame({"text": [f"a{sign}b" for sign in signs]})
    found = duckdb.connect().execute("select text, strip_accents(text) from texts").fetchall()
    assert len(found) == len(texts) > 100_000
    without = _of_spark("accents").without_accents
    assert [text for text, bare in found if without(text) != bare] == []
    assert without(None) is None


@pytest.mark.parametrize(("limit", "asked"), [("2GB", "1907m"), ("1.5 GiB", "1536m"), ("500MB", "476m")])
def test_sparks_driver_takes_the_memory_limit_however_it_is_written(tmp_path: Path, limit: str, asked: str) -> None:
    settings = test_settings(tmp_path, ENTANGLED_MEMORY_LIMIT=limit)
    assert session_settings(settings, tmp_path)["spark.driver.memory"] == asked
