"""Both engines on one typed zone: every table of the two candidates, row by row."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from include.common.duck import connect
from include.common.errors import EntangledError
from include.common.files import ensure_dir
from include.common.sql import identifier, quoted
from include.contracts.candidate import Lineage
from include.pipeline.truth import command, compare_mart, pipeline_environment, serving
from include.settings import Settings, child_environment
from include.spark import cluster
from include.warehouse.spark import run_on_spark, take_tables


@dataclass(frozen=True)
class Verdict:
    """How many tables were compared, and how many were equal in every row."""

    tables: int
    equal: int

    def __str__(self) -> str:
        return f"tables: {self.tables}, equal: {self.equal}"


def compare_engines(settings: Settings, scale: float, seed: int, theme: str = "") -> Verdict:
    """Ingest an invented corpus, build it on DuckDB and on Spark, and compare every table; says each that differs.

    With a `theme` (a folder of models/marts), Spark builds its models and what they read alone, and the theme's tables
    are compared.

    Raises:
        EntangledError: one of the builds failed, there is no Java, or no such theme.
    """
    marts = settings.dbt_project / "models" / "marts"
    themes = sorted(one.name for one in marts.iterdir() if one.is_dir())
    if theme and theme not in themes:
        raise EntangledError(f"there is no theme {theme}", where=str(marts), fix=f"name one of: {', '.join(themes)}")
    folder = settings.home / "spark-equal"
    shutil.rmtree(folder, ignore_errors=True)
    home, corpus, log_file = folder / "home", folder / "corpus", folder / "run.log"
    started = cluster.up(settings)
    try:
        print(f"a corpus of scale {scale:g}, and what DuckDB makes of it; the log: {log_file}", flush=True)
        asked = ["--out", str(corpus), "--seed", str(seed), "--scale", str(scale)]
        command(["include.sandbox", "generate", *asked], child_environment(), log_file)
        with serving(corpus, log_file=folder / "sandbox.log") as url:
            environment = pipeline_environment(home, url, corpus, "demo")
            command(["include.pipeline", "run"], environment, log_file)
        command(["include.warehouse", "export", "--run", "duckdb"], environment, log_file)
        print(f"the same on Spark{f', models of {theme} and what they read' if theme else ''}", flush=True)
        began = time.monotonic()
        environment |= {"DBT_TARGET": "spark", "ENTANGLED_SPARK_MASTER": settings.spark_master}
        of_spark = _build_on_spark(home, theme, environment, log_file)
        print(f"Spark: built in {time.monotonic() - began:.0f} s", flush=True)
    finally:
        if started:
            cluster.down(settings)
    return _compare(home / "build" / "duckdb", of_spark)


def _build_on_spark(home: Path, theme: str, environment: dict[str, str], log_file: Path) -> Path:
    """Build all or a theme on Spark; the folder of its tables."""
    if theme:
        command(["include.spark", "theme", theme], environment, log_file)
        return home / "theme"
    for step in (["build"], ["check"], ["export", "--run", "spark"]):
        command(["include.warehouse", *step], environment, log_file)
    return home / "build" / "spark" / "marts"


def write_theme(settings: Settings, theme: str) -> Path:
    """Build the models of a theme on Spark, and write the theme's own tables as Parquet; the folder of them."""
    made = run_on_spark(settings, f"+path:models/marts/{theme}")
    file, folder = made / "taken.duckdb", ensure_dir(settings.home / "theme")
    take_tables(settings, made, file)
    names = {path.stem for path in (settings.dbt_project / "models" / "marts" / theme).glob("*.sql")}
    with connect(settings, file, read_only=True) as db:
        for name in sorted(names):
            db.execute(f"copy marts.{identifier(name)} to {quoted(folder / f'{name}.parquet')} (format parquet)")
    return folder


def _compare(candidate: Path, folder: Path) -> Verdict:
    """Hold each table of `folder` against that of DuckDB's candidate; says each that differs."""
    grains = {table.name: table.grain for table in Lineage.load(candidate / "lineage.json").tables}
    files = sorted(folder.glob("*.parquet"))
    equal = 0
    for file in files:
        grain = [column.strip() for column in grains[file.stem].split(",")]
        found = compare_mart(candidate / "marts" / file.name, file, grain)
        equal += not found.differences
        print(f"{file.stem:<36} {found.rows:>9,} rows  {'equal' if not found.differences else 'NOT equal'}")
        for difference in found.differences:
            print(f"    {difference}")
    return Verdict(len(files), equal)
