"""Command line: `python -m include.flatten [--batch ID]`."""

from __future__ import annotations

import argparse
import logging

from include.common.arguments import Parser
from include.common.errors import exit_cleanly
from include.contracts.typed import TypedManifest
from include.flatten import flatten_batch, flatten_new
from include.settings import get_settings


def _arguments() -> argparse.Namespace:
    parser = Parser(
        prog="python -m include.flatten", description="Raw batches to typed tables; those already done are left alone."
    )
    parser.add_argument("--batch", metavar="ID", help="flatten this batch only (default: every batch not yet done)")
    return parser.parse_args()


def _line(typed: TypedManifest) -> str:
    return (
        f"{typed.batch_id}  {typed.entity:<12}  {typed.window_id:<24}  {typed.records_in:>7} records  "
        f"{typed.records_typed:>7} typed  {typed.records_quarantined:>5} quarantined"
    )


@exit_cleanly
def main() -> int:
    """Flatten one batch, or all that are not yet done."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    settings = get_settings()
    done = [flatten_batch(settings, arguments.batch)] if arguments.batch else flatten_new(settings)
    for typed in done:
        print(_line(typed))
    if not done:
        print("nothing to flatten: every raw batch is in the typed zone")
    return 0


if __name__ == "__main__":
    main()
