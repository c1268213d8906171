"""Command line: `python -m include.lineage [--of TABLE | --column TABLE.COLUMN]`."""

from __future__ import annotations

import argparse

from include.common.arguments import Parser
from include.common.errors import EntangledError, exit_cleanly
from include.settings import get_settings


def _arguments() -> argparse.Namespace:
    parser = Parser(
        prog="python -m include.lineage", description="Draw where the tables of the current release come from."
    )
    parser.add_argument("--of", default="", metavar="TABLE", help="only this one, and say what it comes from")
    parser.add_argument("--column", default="", metavar="TABLE.COLUMN", help="say what columns this one is made of")
    return parser.parse_args()


@exit_cleanly
def main() -> int:
    """Write the page; say where it is and what it shows."""
    arguments = _arguments()
    from include.lineage.graph import current_graph
    from include.lineage.picture import write_picture

    settings = get_settings()
    release, graph = current_graph(settings)
    if arguments.column:
        table, _, column = arguments.column.partition(".")
        if not column:
            raise EntangledError(
                f"{arguments.column} is no column",
                where="--column",
                fix="name the table before it: mart_linked_papers.military_linked_papers",
            )
        for dataset, origin in sorted(graph.columns_behind(table, column)):
            print(f"{dataset}.{origin}")
        return 0
    file, drawing = write_picture(settings, release, graph, arguments.of)
    if arguments.of:
        way = graph.back_from(arguments.of, release.release_id)
        print(
            f"{arguments.of} of release {release.release_id}: {len(way.names('warehouse/'))} tables of the warehouse, "
            f"{len(way.names('typed/batch='))} typed and {len(way.names('raw/'))} raw batches, "
            f"{len(way.sources)} windows of the source"
        )
    else:
        print(f"release {release.release_id}: {len(drawing.boxes)} boxes, {len(drawing.lines)} lines")
    print(file)
    return 0


if __name__ == "__main__":
    main()
