"""Command line: `python -m include.affiliations [match]`."""

from __future__ import annotations

import argparse
import io
import logging
import sys
from pathlib import Path

from include.common.arguments import Parser
from include.common.errors import exit_cleanly
from include.common.files import only_one
from include.contracts.reference import tables_in_use
from include.settings import Settings, get_settings


def _arguments() -> argparse.Namespace:
    parser = Parser(
        prog="python -m include.affiliations",
        description="Listed bodies in printed addresses: the new ones of the typed zone, or lines of your own.",
    )
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("new", help="look at the addresses of typed batches that are new (a build does so by itself)")
    commands.add_parser(
        "match",
        help="read addresses, one a line, and print for each the listed body that it names, its ROR and the method",
        description="Reads addresses from the standard input, UTF-8, one a line. Prints a line for each, separated by "
        "tabs: body, ROR, method, the address. `-` stands for nothing; several bodies are separated by `; `.",
    )
    # a process of the stage's own
    slices = commands.add_parser("slice")
    slices.add_argument("lists", type=Path)
    slices.add_argument("version")
    slices.add_argument("addresses", type=Path)
    slices.add_argument("target", type=Path)
    slices.add_argument("number", type=int)
    slices.add_argument("slices", type=int)
    return parser.parse_args()


@exit_cleanly
def main() -> int:
    """Run the chosen command; 0 when it did what it says."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if arguments.command == "slice":
        from include.affiliations.stage import slice_of_files

        slice_of_files(
            arguments.lists,
            arguments.version,
            arguments.addresses,
            arguments.target,
            arguments.number,
            arguments.slices,
        )
        return 0
    settings = get_settings()
    if arguments.command == "match":
        _match(settings)
        return 0
    from include.affiliations.stage import match_new

    with only_one(settings.warehouse_lock, "a build of the warehouse"):
        made = match_new(settings, tables_in_use(settings.seeds, settings.extra_lists, None))
    if made is None:
        print("nothing to look at: every address of the typed zone was looked at with these lists and rules")
    else:
        print(f"{made.addresses:,} addresses looked at, {made.addresses_matched:,} name a listed body")
    return 0


def _match(settings: Settings) -> None:
    from include.affiliations.matcher import Matcher

    if sys.stdin.isatty():
        print("reading addresses, one a line; end with Ctrl-D", file=sys.stderr)
    tables = tables_in_use(settings.seeds, settings.extra_lists, None)
    names = {row["body_id"]: row["body_name"] for row in tables["military_bodies"]}
    matcher = Matcher(tables)
    for line in io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace"):
        text = line.rstrip("\r\n")
        columns = [
            [names[match.body_id], match.ror or "-", match.method]
            for match in sorted(matcher.match(text), key=lambda match: names[match.body_id])
        ] or [["-", "-", "-"]]
        print("\t".join([*("; ".join(column) for column in zip(*columns, strict=True)), text]))


if __name__ == "__main__":
    main()
