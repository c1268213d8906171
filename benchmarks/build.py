"""How long the warehouse takes to build at a million works, what an increment of one percent costs, and how quick its
marts answer.

    python benchmarks/build.py [--works 1000000] [--home HOME] [--threads 2] [--memory 6GB]

The typed zone of a home that holds a release of the demo (`make demo`) is multiplied until it holds so many works:
every copy has ids of its own, so joins and groups are as large as they would be, and the reference entities are those
of the demo. What is timed is `python -m include.warehouse build` as a process of its own: with dbt's start, its tests
and the commit. The increment is a new batch for each old one, with one percent of its works. Then the questions of
benchmarks/queries.py are asked of the warehouse file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from queries import Timing, ask

from include.common.arguments import Parser, count
from include.common.errors import exit_cleanly
from include.common.files import ensure_dir
from include.common.ids import new_ulid
from include.common.sql import quoted, read_parquet
from include.contracts.typed import TABLES, TypedManifest
from include.settings import REPOSITORY, Settings, child_environment, get_settings

# ids of copies start here, far beyond those of the corpus
COPY_STEP = 10**10
INCREMENT_SHARE = 0.01
QUERY_ROUNDS = 20
SLOWEST_SHOWN = 5


class Cost(NamedTuple):
    """What one process took."""

    clock: float
    processor: float
    peak_mb: float


@dataclass(frozen=True)
class Multiplied:
    """A home whose typed zone was multiplied: its batches as they were, its works, the settings of its processes."""

    settings: Settings
    manifests: list[TypedManifest]
    works: int
    environment: dict[str, str]


class Built(NamedTuple):
    """A warehouse of `works`, built whole and then by an increment of `changed` works; its questions, slowest first."""

    works: int
    changed: int
    whole: Cost
    increment: Cost
    timings: list[Timing]


@exit_cleanly
def main() -> None:
    """Multiply, build, add one percent, build again, ask; print what each took."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--works", type=count, default=1_000_000)
    arguments = with_limits(parser).parse_args()

    built = build_twice(arguments.home, arguments.works, arguments.threads, arguments.memory)
    show(built)
    for timing in built.timings[:SLOWEST_SHOWN]:
        print(f"{timing.p95_ms:6.1f} ms p95  {timing.question}")
    share = built.increment.clock / built.whole.clock
    print(
        f"full_s={built.whole.clock:.1f} increment_s={built.increment.clock:.1f} increment_share={share:.3f} "
        f"peak_mb={max(built.whole.peak_mb, built.increment.peak_mb):.0f}"
    )


def with_limits(parser: Parser) -> Parser:
    """The parser with what a build may use, and where its typed zone is from."""
    parser.add_argument("--home", type=Path, default=get_settings().home, help="a home with the demo's typed zone")
    parser.add_argument("--threads", type=count, default=2)
    parser.add_argument("--memory", default="6GB", help="DuckDB's limit; dbt's own comes on top")
    return parser


def build_twice(source: Path, works: int, threads: int, memory: str) -> Built:
    """Build so many works whole, then one percent of them again, and ask the warehouse what people ask."""
    build = [sys.executable, "-m", "include.warehouse", "build"]
    with multiplied(source, works) as home:
        environment = home.environment | {"ENTANGLED_THREADS": str(threads), "ENTANGLED_MEMORY_LIMIT": memory}
        whole = measure(build, environment)
        # as in a run: gate 2 remembers that the unit tests passed with this project
        measure([sys.executable, "-m", "include.warehouse", "check"], environment)
        changed = add_increment(home.settings, home.manifests)
        increment = measure(build, environment)
        timings = ask(home.settings.warehouse_file, QUERY_ROUNDS, "marts")
    return Built(home.works, changed, whole, increment, timings)


def show(built: Built) -> None:
    """A line for the whole build and one for the increment."""
    for title, records, cost in (
        ("build", built.works, built.whole),
        ("increment", built.changed, built.increment),
    ):
        print(
            f"{title:<10} {records:>10,} works {cost.clock:7.1f} s clock {cost.processor:7.1f} s processor "
            f"{cost.peak_mb:6,.0f} MB peak of one process",
            flush=True,
        )


@contextmanager
def multiplied(home: Path, works: int) -> Iterator[Multiplied]:
    """A home beside `home`, for a while, whose typed zone holds that of `home` until it holds so many works."""
    source = Settings(_env_file=None, ENTANGLED_HOME=home)
    manifests = [TypedManifest.load(file) for file in sorted(source.typed_zone.glob("batch=*/_typed.json"))]
    held = sum(manifest.records_typed for manifest in manifests if manifest.entity == "works")
    if not held:
        sys.exit(f"error: {source.typed_zone} holds no works; run `make demo` first, or name another --home")
    with tempfile.TemporaryDirectory(prefix="entangled-benchmark-", dir=ensure_dir(source.home / "tmp")) as name:
        settings = Settings(_env_file=None, ENTANGLED_HOME=Path(name))
        shutil.copy(source.resolved_scope_file, settings.resolved_scope_file)
        made = multiply(source, settings, manifests, max(1, round(works / held)))
        overlay = next(source.sandbox_dir.glob("*/overlay"), None)
        environment = {"ENTANGLED_HOME": str(settings.home), "ENTANGLED_EXTRA_LISTS": str(overlay or "")}
        yield Multiplied(settings, manifests, made, environment)


def multiply(source: Settings, target: Settings, manifests: list[TypedManifest], copies: int) -> int:
    """Write every typed batch `copies` times over into one of the same name; returns the works written."""
    works = 0
    for manifest in manifests:
        times = copies if manifest.entity == "works" else 1
        works += manifest.records_typed * times if manifest.entity == "works" else 0
        # denominators grow with what they divide
        _write_batch(source.typed_zone, target, manifest, manifest.batch_id, times, "true", papers=copies)
    return works


def add_increment(settings: Settings, manifests: list[TypedManifest]) -> int:
    """A batch for each batch of works that brings one percent of its works again; returns how many works."""
    every = round(1 / INCREMENT_SHARE)
    zone, changed = settings.typed_zone, 0
    for manifest in [one for one in manifests if one.entity == "works"]:
        chosen = f"substr(work_id, 2)::bigint % {every} = 0"
        changed += _write_batch(zone, settings, manifest, new_ulid(), 1, chosen)
    return changed


def _write_batch(
    zone: Path, target: Settings, manifest: TypedManifest, batch_id: str, times: int, where: str, papers: int = 1
) -> int:
    """Copy the batch of `manifest` in `zone` as `batch_id`, `times` over; returns its works."""
    folder = target.typed_zone / f"batch={batch_id}"
    folder.mkdir(parents=True)
    rows: dict[str, int] = {}
    with duckdb.connect(config={"threads": "2", "memory_limit": "4GB"}) as db:
        db.execute("set preserve_insertion_order = false")
        for table, columns in TABLES.items():
            file = zone / f"batch={manifest.batch_id}" / f"{table}.parquet"
            of_works = any(column.name == "work_id" for column in columns)
            replaced = [f"'{batch_id}' as batch_id"]
            if of_works:
                replaced.append(f"'W' || (substr(work_id, 2)::bigint + copy_number * {COPY_STEP}) as work_id")
            if table == "totals":
                replaced.append(f"papers * {papers} as papers")
            identity = f"replace ({', '.join(replaced)})"
            copies = f", range({times}) as t(copy_number)" if of_works else ""
            columns_kept = "* exclude (copy_number)" if of_works else "*"
            query = f"select {columns_kept} {identity} from {read_parquet(file)}{copies}"
            written = folder / f"{table}.parquet"
            db.execute(f"copy ({query} where {where if of_works else 'true'}) to {quoted(written)}")
            ((rows[table],),) = db.execute(f"select count(*) from {read_parquet(written)}").fetchall()
    typed = rows["works"] if manifest.entity == "works" else manifest.records_typed
    counts = {"records_typed": typed, "records_in": typed + rows["quarantine"], "rows": rows, "batch_id": batch_id}
    counts["records_quarantined"] = rows["quarantine"]
    manifest.model_copy(update=counts).save(folder / "_typed.json")
    return rows["works"]


def measure(command: list[str], environment: dict[str, str]) -> Cost:
    """Run the command; the kernel says what it and its children took."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, env=child_environment(**environment), cwd=REPOSITORY, stdout=output, stderr=subprocess.STDOUT
        )
        # of this process and the dbt that it waited for: RUSAGE_CHILDREN would keep the peak of every child before
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        clock = time.perf_counter() - started
        if process.returncode != 0:
            output.seek(0)
            sys.exit(
                f"error: {' '.join(command[1:])} ended with {process.returncode}\n{output.read().decode()[-3000:]}"
            )
    return Cost(clock, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
