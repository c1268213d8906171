"""Command line: `python -m include.bi pack|up|down|check`."""

from __future__ import annotations

import argparse
from pathlib import Path

from include.common.arguments import Parser
from include.common.errors import exit_cleanly
from include.settings import get_settings


def _arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m include.bi", description="Superset on the current release.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("pack", help="write Superset's files of bi/superset/pack.yaml and dbt's metadata")
    commands.add_parser("up", help="start Superset on the current release, and make it what the files say")
    commands.add_parser("down", help="stop it")
    check = commands.add_parser(
        "check", help="open every dashboard in chromium and hold its charts and numbers against the marts"
    )
    check.add_argument("--pictures", type=Path, help="where screenshots go")
    return parser.parse_args()


@exit_cleanly
def main() -> int:
    """Run the chosen command."""
    arguments = _arguments()
    if arguments.command == "pack":
        from include.bi.pack import write_pack

        changed = write_pack()
        print("\n".join(changed) or "nothing changed")
    elif arguments.command == "up":
        from include.bi import serving

        settings = get_settings()
        serving.up(settings)
        print(serving.tell(settings))
    elif arguments.command == "down":
        from include.bi import serving

        stopped = serving.down(get_settings())
        print(f"stopped: {', '.join(stopped)}" if stopped else "Superset does not run in this home")
    elif arguments.command == "check":
        from include.bi.checking import check

        verdict = check(get_settings(), arguments.pictures)
        for line in (*verdict.times, *(f"error: {fault}" for fault in verdict.errors)):
            print(line)
        print(verdict)
        return 0 if verdict.is_good else 1
    return 0


if __name__ == "__main__":
    main()
