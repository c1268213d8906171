"""The same models on Spark: what it reads, how dbt runs there, and how its tables come back as the warehouse.

Gate, export, audit and release go on from the warehouse file, whichever engine made its tables.
"""

from __future__ import annotations

from include.warehouse.spark.building import build_on_spark, run_on_spark, spark_dir
from include.warehouse.spark.environment import (
    ENVIRONMENT,
    SparkUnavailable,
    java_variables,
    require_java,
    require_master,
)
from include.warehouse.spark.taking import take_tables

__all__ = [
    "ENVIRONMENT",
    "SparkUnavailable",
    "build_on_spark",
    "java_variables",
    "require_java",
    "require_master",
    "run_on_spark",
    "spark_dir",
    "take_tables",
]
