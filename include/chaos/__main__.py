"""Command line: `python -m include.chaos`."""

from __future__ import annotations

import argparse
import logging
import signal

from include.common.arguments import Parser, count, size
from include.common.errors import exit_cleanly
from include.settings import get_settings, serve_nobody


def _arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m include.chaos", description="Disturb whole runs, mend them, compare the releases.")
    parser.add_argument("--runs", type=count, default=20, help="how many runs (default: 20)")
    parser.add_argument("--seed", type=int, default=1, help="of what happens, and when (default: 1)")
    parser.add_argument("--scale", type=size, default=0.01, help="corpus size as a share of the study (default: 0.01)")
    return parser.parse_args()


@exit_cleanly
def main() -> int:
    """Run the proof; 0 when every release equals that of the run that nobody disturbed."""
    arguments = _arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # an Airflow runs below, and a shell's background jobs do not hear Ctrl-C
        signal.signal(number, signal.default_int_handler)
    logging.getLogger().setLevel(logging.ERROR)
    settings = serve_nobody(get_settings())
    from include.chaos.check import check_chaos

    return 0 if check_chaos(settings, arguments.runs, arguments.seed, arguments.scale) else 1


if __name__ == "__main__":
    main()
