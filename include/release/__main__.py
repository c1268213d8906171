"""Command line: `python -m include.release publish|list|rollback|query|show`."""

from __future__ import annotations

import argparse
import logging

from include.common.arguments import Parser
from include.common.errors import exit_cleanly
from include.release import publish, query, rollback
from include.release.show import releases_table, show
from include.settings import get_settings


def _arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m include.release", description="Releases: what readers see.")
    commands = parser.add_subparsers(dest="command", required=True)
    publishes = commands.add_parser("publish", help="make an audited candidate the current release")
    publishes.add_argument("--run", required=True, metavar="ID", help="the candidate: build/<ID>/")
    commands.add_parser("list", help="the releases that are kept")
    back = commands.add_parser("rollback", help="point `current` at an earlier release")
    back.add_argument("--to", metavar="ID", help="the release (default: the one before the current one)")
    queries = commands.add_parser("query", help="run SQL on the current release")
    queries.add_argument("sql", help='such as "select * from mart_headline_figures"')
    queries.add_argument("--format", choices=("table", "csv", "json"), default="table", help="default: table")
    commands.add_parser("show", help="facts of the current release, and the study's figures beside its own")
    return parser.parse_args()


@exit_cleanly
def main() -> int:
    """Run the chosen command."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    settings = get_settings()
    if arguments.command == "publish":
        print(f"current release: {publish(settings, arguments.run).release_id}")
    elif arguments.command == "list":
        print(releases_table(settings))
    elif arguments.command == "rollback":
        print(f"current release: {rollback(settings, arguments.to).release_id}")
    elif arguments.command == "query":
        print(query(settings, arguments.sql).as_text(arguments.format))
    else:
        print(show(settings))
    return 0


if __name__ == "__main__":
    main()
