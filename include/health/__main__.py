"""Command line: `python -m include.health status|look|watch|serve|doctor|alerts`."""

from __future__ import annotations

import argparse
import logging
import os
import sys

from include.common.arguments import Parser, port
from include.common.errors import exit_cleanly
from include.settings import Settings, get_settings, serve_nobody


def _arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m include.health", description="How this home is, and who is told of it.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("status", help="what runs in this home, what it holds, and what is wrong")
    commands.add_parser("doctor", help="is this set up so that a run can end well? exit 1 when it is not")
    drill = commands.add_parser("alerts", help="break a run in every way, play forty days, and see who is told of what")
    drill.add_argument("names", nargs="*", metavar="CAUSE", help="causes whose breaks are made (default: all)")
    looks = commands.add_parser("look", help="look once, tell who has to know; exit 1 when the release is late or dead")
    watches = commands.add_parser("watch", help="the same every minute, until Ctrl-C")
    serves = commands.add_parser("serve", help="the same, and serve /health")
    for command in (looks, watches, serves):
        command.add_argument("--airflow", metavar="URL", help="where Airflow answers (default: what `make up` started)")
    serves.add_argument("--host", help="address to listen on (default: ENTANGLED_BIND)")
    serves.add_argument("--port", type=port, help="port (default: ENTANGLED_HEALTH_PORT)")
    return parser.parse_args()


@exit_cleanly
def main() -> int:
    """Run the chosen command; 0 when all is well."""
    arguments = _arguments()
    settings = get_settings()
    if arguments.command == "status":
        from include.health.status import status

        print(status(settings))
        return 0
    if arguments.command == "alerts":
        from include.health.drill import check_alerts

        return 0 if check_alerts(serve_nobody(settings), arguments.names) else 1
    if arguments.command == "doctor":
        return _doctor(settings)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stdout)
    if arguments.command == "look":
        return _look(settings, arguments.airflow)
    from include.health import serving

    if arguments.command == "watch":
        serving.watch(settings, arguments.airflow, say=logging.getLogger("entangled").info)
    serving.serve(settings, arguments.host or settings.bind, arguments.port or settings.health_port, arguments.airflow)
    return 0


def _doctor(settings: Settings) -> int:
    from include.health.doctor import examine, table

    findings = examine(settings)
    print(table(findings), flush=True)
    wrong = any(finding.outcome == "WRONG" for finding in findings)
    # a question that nobody answers would keep the process for as long as its library waits
    os._exit(1 if wrong else 0)


def _look(settings: Settings, airflow_url: str | None) -> int:
    from include.contracts.health import begin
    from include.health.looking import look
    from include.health.report import health_of

    begin(settings.home)
    health = health_of(look(settings, airflow_url=airflow_url), settings)
    print(f"{health.status}: {health.sentence}")
    for alert in health.alerts:
        print(f"{alert.sentence}\n  look: {alert.look}")
    return 0 if health.code == 200 else 1


if __name__ == "__main__":
    main()
