"""Airflow imports this file in each of its processes (it looks for the name where its plugins lie). Holds no plugin.

The scheduler and Celery's workers fork a process for each task. What they have imported beforehand, two hundred tasks
need not import one after another: a watcher of a model takes half as long. Nothing of this repository is imported
here, so that changed code is what the next task runs.
"""

from __future__ import annotations

import importlib
import sys
import warnings

# Airflow takes these names into its own settings
__all__: tuple[str, ...] = ()

# what every task of ours imports, by the time it takes
NEEDED = (
    "airflow.sdk.execution_time.task_runner",
    "cosmos.operators.watcher",
    "cosmos.plugin.airflow3",
    "airflow.providers.openlineage.plugins.listener",
    "airflow.providers.standard.operators.python",
    "duckdb",
)

if {"scheduler", "worker"} & {*sys.argv}:
    for name in NEEDED:
        try:
            importlib.import_module(name)
        except Exception as error:
            warnings.warn(f"tasks will start more slowly, for {name} cannot be imported: {error}", stacklevel=1)
