"""The warehouse stage: what dbt needs from Python - run it, judge what it built (gate 2), export a candidate.

The models themselves are in dbt_project. The warehouse file is disposable: it is rebuilt from the typed batches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.common.on_demand import on_demand

if TYPE_CHECKING:
    from include.warehouse.dbt import build, prepare, write_manifest
    from include.warehouse.environment import dbt_alone, dbt_environment, manifest_file, resource_types_left_out
    from include.warehouse.export import export_candidate
    from include.warehouse.gate import check_build
    from include.warehouse.project import count_version, project_digest
    from include.warehouse.state import typed_batch_ids
    from include.warehouse.unit_tests import take_unit_tests_for_passed

__all__ = [
    "build",
    "check_build",
    "count_version",
    "dbt_alone",
    "dbt_environment",
    "export_candidate",
    "manifest_file",
    "prepare",
    "project_digest",
    "resource_types_left_out",
    "take_unit_tests_for_passed",
    "typed_batch_ids",
    "write_manifest",
]

_MODULES = {
    "build": "dbt",
    "check_build": "gate",
    "dbt_alone": "environment",
    "dbt_environment": "environment",
    "count_version": "project",
    "export_candidate": "export",
    "manifest_file": "environment",
    "prepare": "dbt",
    "project_digest": "project",
    "resource_types_left_out": "environment",
    "take_unit_tests_for_passed": "unit_tests",
    "typed_batch_ids": "state",
    "write_manifest": "dbt",
}

# Airflow parses the DAG file, which needs the environment only, every half minute
__getattr__ = on_demand(__name__, _MODULES)
