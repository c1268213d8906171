"""Command line: `python -m include.store push|pull|verify`."""

from __future__ import annotations

import argparse
import logging

from include import store
from include.common.arguments import Parser
from include.common.errors import exit_cleanly
from include.settings import get_settings

COMMANDS = {"push": store.push, "pull": store.pull, "verify": store.verify}


def _arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m include.store", description="Batches and releases elsewhere.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("push", help="upload committed batches and the current release")
    commands.add_parser("pull", help="download the batches that are missing here, and the store's current release")
    commands.add_parser("verify", help="read every object of the store against its manifest")
    return parser.parse_args()


@exit_cleanly
def main() -> int:
    """Run the chosen command."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    print(COMMANDS[arguments.command](get_settings()))
    return 0


if __name__ == "__main__":
    main()
