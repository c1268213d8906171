"""Command line: `python -m include.report --run ID`."""

from __future__ import annotations

import argparse
import logging

from include.common.arguments import Parser
from include.common.errors import exit_cleanly
from include.report import write_report
from include.settings import get_settings


def _arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m include.report", description="Write the page of an audited run.")
    parser.add_argument("--run", required=True, metavar="ID", help="the candidate: build/<ID>/")
    return parser.parse_args()


@exit_cleanly
def main() -> int:
    """Write the page and say where it is."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    print(write_report(get_settings(), arguments.run))
    return 0


if __name__ == "__main__":
    main()
