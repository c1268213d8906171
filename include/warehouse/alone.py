"""dbt with the warehouse's lock held while it runs. `dbt_alone` starts it: Cosmos takes the path of one program.

The environment is that of `dbt_environment`; the arguments are dbt's own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from include.common.errors import exit_cleanly
from include.settings import Settings, get_settings
from include.warehouse.dbt import dbt_program, keep_manifest
from include.warehouse.environment import dbt_dir
from include.warehouse.state import alone


@exit_cleanly
def main() -> int:
    """Run dbt; its exit code, or that of BusyError when another process works on the warehouse."""
    _let_cosmos_find_compiled_sql(get_settings(), Path.cwd())
    with alone(get_settings()):
        code = subprocess.run([dbt_program(), *sys.argv[1:]]).returncode
        keep_manifest(get_settings())
    return code


def _let_cosmos_find_compiled_sql(settings: Settings, project: Path) -> None:
    """Cosmos shows the SQL of each model from `target/` of its copy of the project, in which it starts this program;
    dbt writes where DBT_TARGET_PATH says."""
    compiled = project / "target" / "compiled"
    is_a_copy = (project / "dbt_project.yml").is_file() and project.resolve() != settings.dbt_project.resolve()
    if is_a_copy and not compiled.exists():
        compiled.parent.mkdir(exist_ok=True)
        compiled.unlink(missing_ok=True)
        compiled.symlink_to(dbt_dir(settings) / "target" / "compiled")


if __name__ == "__main__":
    main()
