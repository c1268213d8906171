"""Command line: `python -m include.audit --run ID`."""

from __future__ import annotations

import argparse
import logging

from include.audit import audit
from include.common.arguments import Parser
from include.common.errors import exit_cleanly
from include.contracts.batch import count_checks
from include.settings import get_settings


def _arguments() -> argparse.Namespace:
    parser = Parser(
        prog="python -m include.audit",
        description="Gate 3: check a candidate; exit code 4 when it must not be published.",
    )
    parser.add_argument("--run", required=True, metavar="ID", help="the candidate: build/<ID>/")
    return parser.parse_args()


@exit_cleanly
def main() -> int:
    """Audit one candidate and say what was found."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    settings = get_settings()
    verdict = audit(settings, arguments.run)
    warnings = [check for check in verdict.checks if not check.passed]
    print(f"gate 3: {count_checks(verdict.checks)}")
    for check in warnings:
        accepted = verdict.accepted.get(check.check_id)
        print(f"  {f'accepted ({accepted})' if accepted else check.severity}: {check.check_id}: {check.observed}")
    print(f"Data Docs: {settings.build_dir / arguments.run / 'data_docs' / 'index.html'}")
    return 0


if __name__ == "__main__":
    main()
