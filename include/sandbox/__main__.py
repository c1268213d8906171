"""Command line: `python -m include.sandbox generate|evolve|snapshot|record|serve`."""

from __future__ import annotations

import argparse
import contextlib
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from include.common.arguments import Parser, count, port, size
from include.common.errors import exit_cleanly
from include.sandbox.corpus import CorpusInfo, Evolution
from include.settings import get_settings

DEFAULT_SEED = 1


def _arguments() -> argparse.Namespace:
    parser = Parser(
        prog="python -m include.sandbox", description="A local OpenAlex-compatible server and its invented corpora."
    )
    commands = parser.add_subparsers(dest="command", required=True)

    generate = commands.add_parser(
        "generate", help="invent a corpus from a seed; reuses the folder when it holds it already"
    )
    generate.add_argument("--out", type=Path, required=True, help="folder of the corpus")
    generate.add_argument("--seed", type=int, default=DEFAULT_SEED, help=f"default: {DEFAULT_SEED}")
    generate.add_argument("--scale", type=size, default=1.0, help="1 is the size of the study (default)")

    evolve = commands.add_parser("evolve", help="a later state of a corpus: works changed, added, only cited, or gone")
    evolve.add_argument("--corpus", type=Path, required=True, help="a generated corpus")
    evolve.add_argument("--out", type=Path, required=True, help="folder of the later state")
    evolve.add_argument(
        "--share", type=float, default=0.01, help="share of the joint papers that change (default: 0.01)"
    )
    evolve.add_argument(
        "--vanished",
        type=float,
        default=0.0,
        help="share that is deleted, merged, or moved out of the scope (default: none)",
    )
    evolve.add_argument(
        "--retracted", type=float, default=0.0, help="share that is retracted and stays (default: none)"
    )
    evolve.add_argument("--seed", type=int, default=DEFAULT_SEED, help=f"default: {DEFAULT_SEED}")

    snapshot = commands.add_parser("snapshot", help="write a generated corpus as OpenAlex writes its snapshot (works)")
    snapshot.add_argument("--corpus", type=Path, required=True, help="a generated corpus")
    snapshot.add_argument("--out", type=Path, required=True, help="folder of the snapshot")
    snapshot.add_argument("--layout", choices=("2026", "legacy"), default="2026")
    snapshot.add_argument("--format", choices=("jsonl", "parquet"), default="jsonl")

    record = commands.add_parser(
        "record", help="make a corpus of recorded works, and say what became of every file; reuses the folder"
    )
    record.add_argument("--corpus", type=Path, required=True, help="a file of works in any form, or a folder of them")
    record.add_argument("--out", type=Path, required=True, help="folder of the corpus")

    serve = commands.add_parser("serve", help="serve a corpus until SIGTERM or Ctrl-C")
    serve.add_argument(
        "--corpus",
        type=Path,
        required=True,
        help="a generated corpus, or recorded works: a file of works in any form, or a folder of them",
    )
    serve.add_argument("--port", type=port, help="default: ENTANGLED_SANDBOX_PORT")
    serve.add_argument("--host", help="default: ENTANGLED_BIND")
    serve.add_argument("--latency-ms", type=int, default=0, help="wait so long before each answer")
    serve.add_argument(
        "--page-cache-mb", type=int, default=0, help="keep so much of what was sent, to send it again (default: none)"
    )
    serve.add_argument("--requests-per-second", type=int, default=0, help="refuse more than these (default: no limit)")
    serve.add_argument("--daily-credits", type=count, default=1_000_000, help="the day's budget (default: 1,000,000)")
    serve.add_argument("--key", help="the only API key that is accepted (default: any, or none)")
    serve.add_argument(
        "--merged",
        choices=("redirect", "other-id", "not-found"),
        default="redirect",
        help="how a merged record answers: 301, 200 with the other's id, or 404 (default: redirect)",
    )
    serve.add_argument("--plan", choices=("free", "paid"), default="free", help="paid plans may filter by updated_date")
    serve.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME[:key=number,...]",
        help="a fault to have; again for more, `all` for every one; GET /_faults lists them",
    )
    return parser.parse_args()


@exit_cleanly
def main() -> int:
    """Run the chosen command."""
    arguments = _arguments()
    if arguments.command == "serve":
        return _serve(arguments)
    if arguments.command == "snapshot":
        from include.sandbox.snapshot import write_snapshot

        works = write_snapshot(arguments.corpus, arguments.out, layout=arguments.layout, form=arguments.format)
        print(f"{works:,} works of {arguments.corpus} as a snapshot ({arguments.layout}, {arguments.format})")
        return 0
    if arguments.command == "record":
        from include.sandbox.recorded import file_lines, record, summary

        info, _ = record(arguments.corpus, arguments.out)
        print("\n".join([summary(info, arguments.out), *(f"  {line}" for line in file_lines(arguments.out))]))
        return 0
    settings = get_settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    from include.sandbox import generator

    started = time.monotonic()
    if arguments.command == "generate":
        info, made = generator.generate(settings, arguments.out, seed=arguments.seed, scale=arguments.scale)
    else:
        evolution = Evolution(
            share=arguments.share, seed=arguments.seed, vanished=arguments.vanished, retracted=arguments.retracted
        )
        info, made = generator.evolve(settings, arguments.corpus, arguments.out, evolution)
    _tell(info, arguments.out, made=made, seconds=time.monotonic() - started)
    return 0


def _tell(info: CorpusInfo, folder: Path, *, made: bool, seconds: float) -> None:
    counts = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in info.counts.items())
    print(f"corpus {info.name}: {counts}; {'made in' if made else 'reused,'} {seconds:.1f} s: {folder}")


def _serve(arguments: argparse.Namespace) -> int:
    from include.sandbox.engine import Engine
    from include.sandbox.faults.switchboard import Switchboard
    from include.sandbox.limits import Limits
    from include.sandbox.server import Serving, serve

    settings = get_settings()
    with _opened(arguments.corpus) as folder:
        serve(
            Engine(folder),
            Limits(arguments.daily_credits, arguments.requests_per_second, arguments.key, arguments.latency_ms),
            Serving(
                host=arguments.host or settings.bind,
                port=settings.sandbox_port if arguments.port is None else arguments.port,
                paid=arguments.plan == "paid",
                page_cache_mb=arguments.page_cache_mb,
                merged=arguments.merged,
            ),
            Switchboard(arguments.fault),
        )
    return 0


@contextlib.contextmanager
def _opened(corpus: Path) -> Iterator[Path]:
    """A folder that the engine can open: the generated corpus itself, or one made of recorded works for the while."""
    if (corpus / "corpus.json").exists():
        yield corpus
        return
    from include.sandbox.recorded import file_lines, prepared

    with prepared(corpus) as folder:
        print("\n".join(file_lines(folder)), file=sys.stderr, flush=True)
        yield folder


if __name__ == "__main__":
    main()
