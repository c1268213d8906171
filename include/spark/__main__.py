"""Command line: `python -m include.spark up|down|equal|theme`."""

from __future__ import annotations

import argparse
import logging

from include.common.arguments import Parser
from include.common.errors import exit_cleanly
from include.settings import get_settings


def _arguments() -> argparse.Namespace:
    parser = Parser(prog="python -m include.spark", description="A Spark cluster on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start a master and two workers, and leave them running")
    commands.add_parser("down", help="stop them")
    equal = commands.add_parser("equal", help="build an invented corpus on both engines and compare every table")
    equal.add_argument("--scale", type=float, default=0.02, help="size of the corpus, 1 for the study's")
    equal.add_argument("--seed", type=int, default=1)
    equal.add_argument("--theme", default="", help="a folder of models/marts: its tables alone")
    theme = commands.add_parser("theme", help="build the models of a folder of models/marts, and write its tables")
    theme.add_argument("name")
    return parser.parse_args()


@exit_cleanly
def main() -> int:
    """Run the chosen command; 1 when a table differs."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    settings = get_settings()
    from include.spark import cluster

    if arguments.command == "up":
        is_new = cluster.up(settings)
        print(f"Spark {'runs' if is_new else 'runs already'}: {settings.spark_master}")
        print("build on it: DBT_TARGET=spark python -m include.warehouse build")
    elif arguments.command == "down":
        stopped = cluster.down(settings)
        print(f"stopped: {', '.join(stopped)}" if stopped else "Spark does not run in this home")
    elif arguments.command == "theme":
        from include.spark.equal import write_theme

        print(write_theme(settings, arguments.name))
    elif arguments.command == "equal":
        from include.pipeline.truth import TOLERANCE
        from include.settings import serve_nobody
        from include.spark.equal import compare_engines

        print(f"two numbers are equal within {TOLERANCE:g} of their size")
        verdict = compare_engines(serve_nobody(settings), arguments.scale, arguments.seed, arguments.theme)
        print(verdict)
        return 0 if verdict.equal == verdict.tables else 1
    return 0


if __name__ == "__main__":
    main()
