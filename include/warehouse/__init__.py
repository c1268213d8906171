"""The warehouse stage: what dbt needs from Python - run it, judge what it built (gate 2), export a candidate.

The models themselves are in dbt_project. The warehouse file is disposable: it is rebuilt from the typed batches.
"""

from include.warehouse.dbt import build, write_manifest
from include.warehouse.environment import dbt_environment, manifest_file
from include.warehouse.export import export_candidate
from include.warehouse.gate import check_build
from include.warehouse.state import not_loaded

__all__ = [
    "build",
    "check_build",
    "dbt_environment",
    "export_candidate",
    "manifest_file",
    "not_loaded",
    "write_manifest",
]
