"""Command line: `python -m include.audit --run ID`, or `--reference-changes`."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from include.audit import audit
from include.common.arguments import Parser
from include.common.errors import SettingsError, exit_cleanly
from include.contracts.batch import count_checks
from include.settings import Settings, get_settings


def _arguments() -> argparse.Namespace:
    parser = Parser(
        prog="python -m include.audit",
        description="Gate 3: check a candidate; exit code 4 when it must not be published.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--run", metavar="ID", help="the candidate: build/<ID>/")
    what.add_argument(
        "--reference-changes",
        action="store_true",
        help="print the entries that reference_changes.csv needs for what changed in lists since the last release",
    )
    parser.add_argument("--reason", default="", help="of --reference-changes: why all of this changed")
    parser.add_argument(
        "--write",
        nargs="?",
        const="",
        metavar="FILE",
        help="of --reference-changes: add them to this file (default: dbt_project/seeds/reference_changes.csv)",
    )
    return parser.parse_args()


@exit_cleanly
def main() -> int:
    """Audit one candidate and say what was found."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    settings = get_settings()
    if arguments.reference_changes:
        return _reference_changes(settings, arguments.reason.strip(), arguments.write)
    verdict = audit(settings, arguments.run)
    warnings = [check for check in verdict.checks if not check.passed]
    print(f"gate 3: {count_checks(verdict.checks)}")
    for check in warnings:
        print(
            f"  {f'accepted ({check.accepted})' if check.accepted else check.severity}: {check.name}: {check.observed}"
        )
    print(f"Data Docs: {settings.build_dir / arguments.run / 'data_docs' / 'index.html'}")
    return 0


def _reference_changes(settings: Settings, reason: str, file: str | None) -> int:
    from include.audit.drift.entries import add_entries, entries_file, missing_entries
    from include.contracts.reference import ENTRY_COLUMNS, as_csv

    entries = missing_entries(settings, reason)
    if not entries:
        print("every change since the last release has its entry", file=sys.stderr)
    elif file is None:
        print(as_csv(ENTRY_COLUMNS, entries), end="")
    elif not reason:
        raise SettingsError("an entry needs a reason", where="--reason", fix="say why: --reason 'edition of June 2026'")
    else:
        target = Path(file) if file else entries_file(settings)
        add_entries(target, entries)
        print(f"{len(entries)} entries added to {target}")
    return 0


if __name__ == "__main__":
    main()
