"""dbt with the warehouse's lock held while it runs. `dbt_alone` starts it: Cosmos takes the path of one program.

The environment is that of `dbt_environment`; the arguments are dbt's own.
"""

from __future__ import annotations

import subprocess
import sys

from include.common.errors import exit_cleanly
from include.settings import get_settings
from include.warehouse.dbt import dbt_program
from include.warehouse.state import alone


@exit_cleanly
def main() -> int:
    """Run dbt; its exit code, or that of BusyError when another process works on the warehouse."""
    with alone(get_settings()):
        return subprocess.run([dbt_program(), *sys.argv[1:]]).returncode


if __name__ == "__main__":
    main()
