"""What dbt reads from its environment. Every path is absolute, because Cosmos runs the project from a copy of it."""

from __future__ import annotations

import sys
from pathlib import Path

from include.common.files import ensure_database_dir, is_cut_short
from include.common.sql import pattern
from include.settings import Settings
from include.warehouse.unit_tests import have_passed

# so many bytes of memory a work takes where a model collects lists or texts: at most 5.7 kB
# (docs/operating/timing.md), and more for a model beside it that joins. Tables are made in as many slices as keep
# within the limit (macros/engines/slices.sql)
MEMORY_PER_WORK = 9_000


def dbt_dir(settings: Settings) -> Path:
    """`dbt/`: everything that dbt itself writes; nothing goes into the repository."""
    return settings.home / "dbt"


def manifest_file(settings: Settings) -> Path:
    """The project's manifest, as `python -m include.warehouse manifest` or the last build made it: always a whole one.

    dbt writes its own in place, where a full disk tears it; Airflow's DAGs are made from this one.
    """
    return dbt_dir(settings) / "manifest.json"


def dbt_alone() -> Path:
    """The program that runs dbt with the warehouse's lock held; it takes dbt's own arguments."""
    return Path(__file__).with_name("dbt_alone")


def resource_types_left_out(settings: Settings) -> str:
    """What the coming build need not repeat: unit tests, once gate 2 saw them pass with this very project."""
    return "unit_test" if have_passed(settings) else ""


def _in_location(path: Path) -> str:
    """`path` within the quotes of a source's `external_location`, whose braces dbt-duckdb takes for fields."""
    return pattern(path)[1:-1].replace("{", "{{").replace("}", "}}")


def _as_dbt_reads_it(file: Path) -> Path:
    if not is_cut_short(file):
        return file
    return ensure_database_dir(file.parent).resolve() / file.name


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The variables that profiles.yml, the sources and dbt itself read."""
    folder = dbt_dir(settings)
    return {
        "DBT_EXCLUDE_RESOURCE_TYPES": resource_types_left_out(settings),
        "ENTANGLED_DBT_PYTHON": sys.executable,
        "ENTANGLED_DBT_WAREHOUSE": str(_as_dbt_reads_it(settings.warehouse_file)),
        "ENTANGLED_DBT_TYPED": _in_location(settings.typed_zone),
        "ENTANGLED_DBT_AFFILIATIONS": _in_location(settings.affiliations),
        "ENTANGLED_DBT_RAW": _in_location(settings.raw_zone),
        "ENTANGLED_DBT_SCOPE_FILE": _in_location(settings.resolved_scope_file),
        "ENTANGLED_DBT_SEEDS": _in_location(settings.seeds),
        "ENTANGLED_DBT_EXTRA_LISTS": _in_location(settings.extra_lists) if settings.extra_lists else "",
        "ENTANGLED_DBT_THREADS": str(settings.threads),
        "ENTANGLED_DBT_MEMORY": settings.memory_limit,
        "ENTANGLED_DBT_BYTES_PER_WORK": str(MEMORY_PER_WORK),
        "ENTANGLED_DBT_SPILL": str(settings.home / "tmp"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
