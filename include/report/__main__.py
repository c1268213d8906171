"""Command line: `python -m include.report --run ID`, `python -m include.report --check`."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from include.common.arguments import Parser
from include.common.errors import exit_cleanly
from include.report import write_report
from include.settings import get_settings


def _arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m include.report", description="Write the pages of an audited run, or check them.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--run", metavar="ID", help="write the pages of this candidate: build/<ID>/")
    what.add_argument("--check", action="store_true", help="look at the pages of the current release in chromium")
    parser.add_argument("--pictures", type=Path, help="where screenshots of a check go")
    return parser.parse_args()


@exit_cleanly
def main() -> int:
    """Write the pages and say where they are, or check them."""
    arguments = _arguments()
    if arguments.check:
        from include.report.proving import check_report

        return 0 if check_report(get_settings(), arguments.pictures) else 1
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    print(write_report(get_settings(), arguments.run))
    return 0


if __name__ == "__main__":
    main()
