"""Command line: `python -m include.raw_zone list|verify`."""

from __future__ import annotations

import argparse

from include.common.arguments import Parser
from include.common.errors import exit_cleanly
from include.raw_zone import layout, list_batches, verify
from include.settings import get_settings


def _arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m include.raw_zone", description="Batches of records as received.")
    commands = parser.add_subparsers(dest="command", required=True)
    lists = commands.add_parser("list", help="list the committed batches, oldest first")
    lists.add_argument("--entity", choices=layout.ENTITIES, help="only of this entity")
    commands.add_parser("verify", help="check every file of the raw zone against the manifests")
    return parser.parse_args()


@exit_cleanly
def main() -> int:
    """Run the chosen command."""
    arguments = _arguments()
    settings = get_settings()
    if arguments.command == "list":
        for batch in list_batches(settings, arguments.entity):
            print(
                f"{batch.batch_id}  {batch.entity:<12}  {batch.window.window_id:<24}  {batch.received:>7} received  "
                f"{batch.stored:>7} stored  {batch.ended_at:%Y-%m-%d %H:%M:%S} UTC"
            )
        return 0
    report = verify(settings)
    for folder in report.in_progress:
        print(f"in progress: {folder}")
    report.require_whole()
    print(f"{report.batches} batches, {report.pages} pages, {report.records} records: all as their manifests say")
    return 0


if __name__ == "__main__":
    main()
