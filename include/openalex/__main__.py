"""Command line: `python -m include.openalex scope|plan|extract|snapshot|vanished|totals|references`."""

from __future__ import annotations

import argparse
import logging
from datetime import date

from include.common.arguments import Parser, day
from include.common.errors import exit_cleanly
from include.openalex import (
    extract,
    extract_all,
    load_snapshot,
    plan,
    plan_snapshot,
    resolve_scope,
    sync_references,
    sync_totals,
    sync_vanished,
)
from include.openalex.models import ExtractSummary
from include.settings import Settings, get_settings


def _arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m include.openalex", description="OpenAlex into raw batches.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("scope", help="check the scope file and write it expanded")
    plans = commands.add_parser("plan", help="count every window at the source; show what is due and what it takes")
    plans.add_argument("--full", action="store_true", help="all windows are due")
    _add_dates(plans)
    extracts = commands.add_parser("extract", help="sweep windows into batches")
    which = extracts.add_mutually_exclusive_group(required=True)
    which.add_argument("--window", metavar="ID", help="this window, as `plan` names it")
    which.add_argument("--all", action="store_true", help="plan, then every window that is due")
    extracts.add_argument("--full", action="store_true", help="whatever was swept before")
    extracts.add_argument("--plan", action="store_true", help="with --all: show the plan and sweep nothing")
    _add_dates(extracts)
    snapshot = commands.add_parser("snapshot", help="load what is new in the snapshot at ENTANGLED_SNAPSHOT")
    snapshot.add_argument("--plan", action="store_true", help="show what would be loaded, and load nothing")
    commands.add_parser("vanished", help="check by id the works that sweeps missed; tombstones for those that are gone")
    totals = commands.add_parser("totals", help="ask for the denominators, when works changed or they are stale")
    totals.add_argument("--full", action="store_true", help="whatever was asked before")
    commands.add_parser("references", help="fetch the funders, institutions and topics that typed works refer to")
    arguments = parser.parse_args()
    if arguments.command == "extract" and arguments.plan and not arguments.all:
        parser.error("--plan goes with --all")
    return arguments


def _add_dates(command: argparse.ArgumentParser) -> None:
    command.add_argument("--from", dest="first", type=day, metavar="DAY", help="only, and whatever their")
    command.add_argument("--to", dest="last", type=day, metavar="DAY", help="age, windows of these days")


def _dates(arguments: argparse.Namespace) -> tuple[date, date] | None:
    if arguments.first is None and arguments.last is None:
        return None
    return arguments.first or date.min, arguments.last or date.max


@exit_cleanly
def main() -> int:
    """Run the chosen command."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    settings = get_settings()
    scope = resolve_scope(settings)
    if arguments.command == "scope":
        print(
            f"{scope.title}: {len(scope.topics)} topics in {len(scope.topic_chunks)} chunks, "
            f"{len(scope.side_a.countries)} countries with {len(scope.side_b.countries)}, "
            f"{scope.year_from} to {scope.year_to}, version {scope.fetch_version}"
        )
        print(f"written to {settings.resolved_scope_file}")
    elif arguments.command == "plan" or (arguments.command == "extract" and arguments.plan):
        print(plan(settings, full=arguments.full, published=_dates(arguments)).table())
    elif arguments.command == "snapshot":
        if arguments.plan:
            print(plan_snapshot(settings).table())
        else:
            loaded = load_snapshot(settings)
            print("\n".join([each.line() for each in loaded]) or "the snapshot holds nothing newer than what is here")
    elif arguments.command == "vanished":
        found = sync_vanished(settings)
        print(found.line() if found is not None else "no work is missing")
    else:
        _show(_run(settings, arguments))
    return 0


def _run(settings: Settings, arguments: argparse.Namespace) -> list[ExtractSummary]:
    if arguments.command == "totals":
        return sync_totals(settings, full=arguments.full)
    if arguments.command == "references":
        return sync_references(settings)
    if arguments.all:
        return extract_all(settings, full=arguments.full, published=_dates(arguments))
    return [extract(settings, arguments.window, again=arguments.full)]


def _show(summaries: list[ExtractSummary]) -> None:
    """The sum of what was done; each window's line is in the log."""
    if not summaries:
        print("nothing was due")
        return
    received, stored = (sum(getattr(one, name) for one in summaries) for name in ("received", "stored"))
    batches = sum(one.batch_id is not None for one in summaries)
    credits = sum(one.credits for one in summaries)
    print(
        f"{len(summaries)} swept, {received:,} records received, {stored:,} new or changed in {batches} batches, "
        f"{credits:,} credits"
    )


if __name__ == "__main__":
    main()
