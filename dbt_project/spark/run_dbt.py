"""Runs dbt on Spark, in Spark's own environment: `python run_dbt.py <job.json>`, a job of include/warehouse/spark.

The job holds `conf` (of the Spark session), `sources` (database -> table -> glob of Parquet files), `dbt` (its
arguments) and `views` (the folder that views are written to, since they have no files).
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

from accents import without_accents
from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession


def main(job: dict[str, Any]) -> int:
    """Make the sources known, run dbt, write the views; dbt's own exit code."""
    # dbt says which statement failed, and why; Spark says it again with a page of Java
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    builder = SparkSession.builder.appName("entangled")
    for name, value in job["conf"].items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("FATAL")
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
                spark.table(f"{node.schema}.{node.name}").write.mode("overwrite").parquet(target.as_uri())
        return 0 if result.success else 1
    finally:
        spark.stop()


if __name__ == "__main__":
    sys.exit(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
