"""Runs dbt on Spark, and takes what it made into the warehouse file."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from include.common.files import ensure_dir, write_atomic
from include.common.plain import plain_path
from include.settings import Settings, child_environment
from include.warehouse.dbt import run_and_tell, run_dbt, to_log, write_manifest
from include.warehouse.environment import dbt_environment
from include.warehouse.errors import DbtFailed
from include.warehouse.spark.environment import ENVIRONMENT, FOLDER, java_variables, require_java, require_master
from include.warehouse.spark.inputs import write_inputs
from include.warehouse.spark.taking import note_results, take_tables

log = logging.getLogger("entangled")

# few rows a task: Spark's own two hundred would each write a file
_SHUFFLES = 8


def spark_dir(settings: Settings) -> Path:
    """What a build on Spark reads and writes, until its tables are taken; `target/` in it is dbt's."""
    return plain_path(settings.home) / "spark"


def build_on_spark(settings: Settings, *flags: str, tell: Callable[[str], None] = to_log) -> None:
    """Build every model on the cluster, take the tables into the warehouse file, and run dbt's tests there.

    Called with the warehouse alone and prepared (include/warehouse/dbt.py). Nothing is taken of a build that failed.
    `flags` are for dbt, and `tell` gets each of its lines.

    Raises:
        SparkUnavailable: no Java, no master.
        DbtFailed: a model or test failed; names them.
    """
    folder = run_on_spark(settings, flags=flags, tell=tell)
    results = _results(folder)
    take_tables(settings, folder, settings.warehouse_file)
    try:
        run_dbt(settings, ["test", *flags], tell)
    finally:
        # also of tests that failed: the gate names them
        note_results(settings, results)
    shutil.rmtree(folder, ignore_errors=True)


def run_on_spark(
    settings: Settings, *select: str, flags: tuple[str, ...] = (), tell: Callable[[str], None] = to_log
) -> Path:
    """Run dbt on the cluster, for all models or those that dbt's `--select` takes; the folder with what came of it.

    `flags` are for dbt, and `tell` gets each of its lines.

    Raises:
        SparkUnavailable: no Java, no master.
        DbtFailed: a model failed; names it.
    """
    java = require_java()
    require_master(settings)
    if ENVIRONMENT.ensure():
        log.info("spark: its environment is made: %s", ENVIRONMENT.folder)
    folder = spark_dir(settings)
    shutil.rmtree(folder, ignore_errors=True)
    target = ensure_dir(folder / "target")
    write_manifest(settings)
    project = str(settings.dbt_project)
    chosen = ["--select", *select] if select else []
    job = {
        "conf": session_settings(settings, folder),
        "sources": write_inputs(settings, folder / "inputs"),
        "views": str(folder / "views"),
        "dbt": ["run", "--target", "spark", "--project-dir", project, "--profiles-dir", project, *chosen, *flags],
    }
    write_atomic(folder / "job.json", json.dumps(job, indent=2))
    of_spark = {
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    run_and_tell(
        settings,
        [str(ENVIRONMENT.program()), str(plain_path(FOLDER) / "run_dbt.py"), str(folder / "job.json")],
        child_environment(**dbt_environment(settings) | of_spark | java_variables(java)),
        title="dbt on Spark",
        target=target,
        tell=tell,
    )
    return folder


def session_settings(settings: Settings, folder: Path) -> dict[str, str]:
    """What is set in the session. Times are UTC, and without a zone as in the typed tables."""
    return {
        "spark.master": settings.spark_master,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": f"{settings.memory_bytes // 2**20}m",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.warehouse.dir": str(folder / "tables"),
        "spark.local.dir": str(folder / "tmp"),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.shuffle.partitions": str(_SHUFFLES),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.scheduler.mode": "FAIR",
        "spark.pyspark.python": str(ENVIRONMENT.program()),
        "spark.sql.execution.pythonUDF.arrow.enabled": "false",
    }


def _results(folder: Path) -> list[dict[str, Any]]:
    file = folder / "target" / "run_results.json"
    try:
        results: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["results"]
    except (OSError, ValueError, KeyError):
        raise DbtFailed(
            "dbt on Spark left no results", where=str(file), fix="read its log, mend what it names, and build again"
        ) from None
    return results
