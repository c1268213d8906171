"""Command line: `python -m include.local demo|run|up|down|airflow|report|docs|clean|compose-init`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from include.common.arguments import Parser, port, size, variable
from include.common.errors import exit_cleanly
from include.local.sources import Source, generated_source, real_source, recorded_source
from include.settings import Settings, get_settings

SEED = 1
DOCS_PORT = 8580


def _arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m include.local", description="Airflow and the sandbox on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="the whole path against the sandbox, with progress; stops what it started")
    up = commands.add_parser("up", help="start Airflow and leave it running (real API with a key, else the sandbox)")
    for command in (demo, up):
        command.add_argument("--corpus", type=Path, help="recorded works: a file in any form, or a folder")
        command.add_argument("--scale", type=size, help="size of the generated corpus; 1 is the study's (default)")
        command.add_argument("--seed", type=int, default=SEED, help=f"seed of the generated corpus (default: {SEED})")
    up.add_argument(
        "--variable",
        action="append",
        type=variable,
        default=[],
        metavar="NAME=VALUE",
        help="of the environment of what is started, otherwise than usual (`make chaos` sets some)",
    )
    commands.add_parser("run", help="the whole path against the real API (needs OPENALEX_API_KEY)")
    commands.add_parser("down", help="stop what `up` started")
    airflow = commands.add_parser(
        "airflow", help="run an `airflow` command in the home's Airflow, `backfill create` say"
    )
    airflow.add_argument("airflow_arguments", nargs=argparse.REMAINDER, metavar="...", help="what follows `airflow`")
    commands.add_parser("report", help="open the current release's report, or print where it is")
    docs = commands.add_parser("docs", help="write dbt's documentation as one page")
    docs.add_argument("--serve", action="store_true", help="and serve it on 127.0.0.1 until Ctrl-C")
    docs.add_argument("--port", type=port, default=DOCS_PORT, help=f"where (default: {DOCS_PORT})")
    clean = commands.add_parser("clean", help="remove what can be made again from batches, releases and code")
    clean.add_argument("--all", action="store_true", help="remove the whole home, batches and releases too")
    commands.add_parser("sbom", help="write the bill of materials (CycloneDX), and list licences")
    commands.add_parser("compose-init", help="write the secrets of docker-compose.yaml into .env")
    return parser.parse_args()


def _chore(settings: Settings, arguments: argparse.Namespace) -> int | None:
    """Do one of the small commands; None when it is none of them."""
    from include.local import airflow, chores, driver

    match arguments.command:
        case "down":
            driver.down(settings)
        case "airflow":
            return airflow.run_command(settings, arguments.airflow_arguments)
        case "report":
            print(chores.report(settings))
        case "docs":
            page = chores.docs(settings)
            print(page)
            if arguments.serve:
                chores.serve_page(page, arguments.port)
        case "clean":
            driver.down(settings)
            print("\n".join(f"removed {folder}" for folder in chores.clean(settings, everything=arguments.all)))
        case "sbom":
            from include.local.bill import licences, write_bill

            bill = write_bill(settings)
            for licence, count, examples in licences(bill):
                print(f"{count:>4}  {licence:<60}  {examples}")
            print(bill)
        case "compose-init":
            print(f"added to .env: {', '.join(chores.compose_init()) or 'nothing, all are there'}")
        case _:
            return None
    return 0


def _source(settings: Settings, arguments: argparse.Namespace) -> Source:
    if arguments.command == "run":
        return real_source(settings)
    if arguments.corpus is not None:
        return recorded_source(settings, arguments.corpus)
    if arguments.command == "up" and arguments.scale is None and settings.api_key is not None:
        return real_source(settings)
    return generated_source(settings, arguments.seed, 1.0 if arguments.scale is None else arguments.scale)


@exit_cleanly
def main() -> int:
    """Run the chosen command; 0 when it did what it says."""
    started = time.monotonic()
    arguments = _arguments()
    settings = get_settings()
    from include.local import driver

    done = _chore(settings, arguments)
    if done is not None:
        return done
    source = _source(settings, arguments)
    if arguments.command == "up":
        driver.up(settings, source, dict(arguments.variable))
    else:
        driver.run_once(settings, source, started=started)
    return 0


if __name__ == "__main__":
    main()
