"""Command line: `python -m include.release publish|list|rollback|rollforward|serve|verify|query|show`."""

from __future__ import annotations

import argparse
import logging

from include.common.arguments import Parser
from include.common.errors import exit_cleanly
from include.contracts.release import Release
from include.release import hold, is_served, publish, query, rollback, rollforward, serve, verify
from include.release.show import current_lines, releases_table, show
from include.settings import Settings, get_settings


def _arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m include.release", description="Releases: what readers see.")
    commands = parser.add_subparsers(dest="command", required=True)
    publishes = commands.add_parser("publish", help="make an audited candidate the current release")
    publishes.add_argument("--run", required=True, metavar="ID", help="the candidate: build/<ID>/")
    commands.add_parser("list", help="the releases that are kept")
    back = commands.add_parser("rollback", help="point `current` at an earlier release, and hold it there")
    back.add_argument("--to", metavar="ID", help="the release (default: the one before the current one)")
    back.add_argument("--reason", default="", help="why; it is told wherever the hold is")
    commands.add_parser("rollforward", help="lift the hold: what waits is published, or the newest release is current")
    serves = commands.add_parser(
        "serve", help="let Postgres serve the current release (after each of the above by itself)"
    )
    serves.add_argument(
        "--replace-source", action="store_true", help="also to readers who are served data of another origin or scope"
    )
    verifies = commands.add_parser("verify", help="read every file of the kept releases against their records")
    verifies.add_argument("--release", metavar="ID", help="only this one")
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
        _tell(settings, publish(settings, arguments.run))
    elif arguments.command == "list":
        print(releases_table(settings))
    elif arguments.command == "rollback":
        _tell(settings, rollback(settings, arguments.to, arguments.reason))
    elif arguments.command == "rollforward":
        _tell(settings, rollforward(settings))
    elif arguments.command == "serve":
        print(serve(settings, replace_source=arguments.replace_source))
    elif arguments.command == "verify":
        found = verify(settings, arguments.release)
        print(found)
        return 0 if found.is_whole else 1
    elif arguments.command == "query":
        print(query(settings, arguments.sql).as_text(arguments.format))
    else:
        print(show(settings))
    return 0


def _tell(settings: Settings, release: Release) -> None:
    print("\n".join(current_lines(release, hold(settings))), flush=True)
    if is_served(settings):
        print(serve(settings))


if __name__ == "__main__":
    main()
