"""Both engines on one typed zone: every table of the two candidates, row by row."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from include.contracts.candidate import Lineage
from include.pipeline.truth import command, compare_mart, pipeline_environment, serving
from include.settings import Settings, child_environment
from include.spark import cluster


@dataclass(frozen=True)
class Verdict:
    """How many tables were compared, and how many were equal in every row."""

    tables: int
    equal: int

    def __str__(self) -> str:
        return f"tables: {self.tables}, equal: {self.equal}"


def compare_engines(settings: Settings, scale: float, seed: int) -> Verdict:
    """Ingest an invented corpus, build it on DuckDB and on Spark, and compare every table; says each that differs.

    Raises:
        EntangledError: one of the builds failed, or there is no Java.
    """
    folder = settings.home / "spark-equal"
    shutil.rmtree(folder, ignore_errors=True)
    home, corpus, log_file = folder / "home", folder / "corpus", folder / "run.log"
    started = cluster.up(settings)
    try:
        asked = ["--out", str(corpus), "--seed", str(seed), "--scale", str(scale)]
        command(["include.sandbox", "generate", *asked], child_environment(), log_file)
        with serving(corpus, log_file=folder / "sandbox.log") as url:
            environment = pipeline_environment(home, url, corpus, "demo")
            command(["include.pipeline", "run"], environment, log_file)
        on_spark = {"DBT_TARGET": "spark", "ENTANGLED_SPARK_MASTER": settings.spark_master}
        candidates = [
            _candidate(home, engine, environment | (on_spark if engine == "spark" else {}), log_file)
            for engine in ("duckdb", "spark")
        ]
    finally:
        if started:
            cluster.down(settings)
    return _compare(*candidates)


def _candidate(home: Path, engine: str, environment: dict[str, str], log_file: Path) -> Path:
    """Build and export on an engine; the folder of the candidate."""
    began = time.monotonic()
    command(["include.warehouse", "build", "--full-refresh"], environment, log_file)
    print(f"{engine}: built in {time.monotonic() - began:.0f} s", flush=True)
    command(["include.warehouse", "export", "--run", engine], environment, log_file)
    return home / "build" / engine


def _compare(one: Path, other: Path) -> Verdict:
    equal = 0
    tables = Lineage.load(one / "lineage.json").tables
    for table in tables:
        grain = [column.strip() for column in table.grain.split(",")]
        files = [folder / "marts" / f"{table.name}.parquet" for folder in (one, other)]
        found = compare_mart(files[0], files[1], grain)
        equal += not found.differences
        print(f"{table.name:<36} {found.rows:>9,} rows  {'equal' if not found.differences else 'NOT equal'}")
        for difference in found.differences:
            print(f"    {difference}")
    return Verdict(len(tables), equal)
