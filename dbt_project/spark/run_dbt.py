"""Runs dbt on Spark, in Spark's own environment: `python run_dbt.py <job.json>`, a job of include/warehouse/spark.

The job holds `conf` (of the Spark session), `sources` (database -> table -> glob of Parquet files), `dbt` (its
arguments) and `views` (the folder that views are written to, since they have no files).
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from accents import without_accents
from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession

# a worker that starts anew takes ten seconds to come back
LONGEST_SECONDS_WITHOUT_WORKERS = 60.0
_SECONDS_BETWEEN_LOOKS = 2.0
EXIT_WITHOUT_WORKERS = 3


def main(job: dict[str, Any]) -> int:
    """Make the sources known, run dbt, write the views; dbt's own exit code."""
    # dbt says which statement failed, and why; Spark says it again with a page of Java
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    builder = SparkSession.builder.appName("entangled")
    for name, value in job["conf"].items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("FATAL")
    is_over = threading.Event()
    if not job["conf"]["spark.master"].startswith("local["):
        threading.Thread(target=_end_without_workers, args=[spark, is_over], daemon=True).start()
    try:
        # dbt turns it off for each of its own statements too (dbt-spark, connections.py)
        spark.conf.set("spark.sql.ansi.enabled", "false")
        # the workers import it too
        spark.sparkContext.addPyFile(str(Path(__file__).with_name("accents.py")))
        spark.udf.register("without_accents", without_accents, "string")
        for database, tables in job["sources"].items():
            spark.sql(f"create database if not exists {database}")
            for table, files in tables.items():
                spark.sql(f"create or replace view {database}.{table} as select * from parquet.`{files}`")
        result = dbtRunner().invoke(job["dbt"])
        if result.exception is not None:
            print(f"dbt: {result.exception}", flush=True)
            return 2
        for made in result.result or []:
            node = made.node
            if node.resource_type == "model" and node.config.materialized == "view" and made.status == "success":
                target = Path(job["views"]) / node.schema / node.name
                spark.table(f"{node.schema}.{node.name}").write.mode("overwrite").parquet(str(target))
        return 0 if result.success else 1
    finally:
        is_over.set()
        spark.stop()


def _end_without_workers(spark: SparkSession, is_over: threading.Event) -> None:
    """End this program when the cluster has had no worker for it for a minute. Spark itself waits for one for ever."""
    tracker = spark.sparkContext._jsc.sc().statusTracker()
    last_seen = time.monotonic()
    while time.monotonic() - last_seen < LONGEST_SECONDS_WITHOUT_WORKERS:
        if is_over.wait(_SECONDS_BETWEEN_LOOKS):
            return
        # no answer counts as no worker; the driver counts as one
        with suppress(Exception):
            if len(tracker.getExecutorInfos()) > 1:
                last_seen = time.monotonic()
    print(
        f"Spark has had no worker for {LONGEST_SECONDS_WITHOUT_WORKERS:.0f} s. If they died, start the cluster again "
        "(make spark-down, make spark-up); if another program has them, wait for its end",
        flush=True,
    )
    os._exit(EXIT_WITHOUT_WORKERS)


if __name__ == "__main__":
    sys.exit(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
