"""dbt with the warehouse's lock held while it runs. `dbt_alone` starts it: Cosmos takes the path of one program.

The environment is that of `dbt_environment`; the arguments are dbt's own. With DBT_TARGET=spark a `build`
runs the models on the cluster. They tell the same of themselves there, so Cosmos' watchers see them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from include.common.errors import exit_cleanly
from include.settings import Settings, get_settings
from include.warehouse.dbt import dbt_program, keep_manifest
from include.warehouse.environment import dbt_dir
from include.warehouse.spark import build_on_spark, spark_dir
from include.warehouse.state import alone


@exit_cleanly
def main() -> int:
    """Run dbt; its exit code, or that of BusyError when another process works on the warehouse."""
    settings, arguments = get_settings(), sys.argv[1:]
    is_for_spark = settings.dbt_target == "spark" and "build" in arguments
    _let_cosmos_find_compiled_sql(settings, Path.cwd(), spark_dir(settings) if is_for_spark else dbt_dir(settings))
    with alone(settings):
        if is_for_spark:
            build_on_spark(settings, *_log_flags(arguments), tell=_print_at_once)
            return 0
        code = subprocess.run([dbt_program(), *arguments]).returncode
        keep_manifest(settings)
    return code


def _log_flags(arguments: list[str]) -> list[str]:
    """Of dbt's arguments, how it writes its lines: Cosmos reads them as JSON."""
    if "--log-format" not in arguments:
        return []
    place = arguments.index("--log-format")
    return arguments[place : place + 2]


def _print_at_once(line: str) -> None:
    print(line, flush=True)


def _let_cosmos_find_compiled_sql(settings: Settings, project: Path, folder: Path) -> None:
    """Cosmos shows the SQL of each model from `target/` of its copy of the project, in which it starts this program;
    dbt writes into `folder`."""
    compiled = project / "target" / "compiled"
    is_a_copy = (project / "dbt_project.yml").is_file() and project.resolve() != settings.dbt_project.resolve()
    if is_a_copy and not compiled.exists():
        compiled.parent.mkdir(exist_ok=True)
        compiled.unlink(missing_ok=True)
        compiled.symlink_to(folder / "target" / "compiled")


if __name__ == "__main__":
    main()
