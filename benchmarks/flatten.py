"""How long flatten takes beside plain gunzip of the same pages, and how much memory.

    python benchmarks/flatten.py [--records 20000] [--works FILE.jsonl]

The works are invented, in the shape and size of real ones (about 9 kB with the fields that the pipeline selects), or
taken again and again from a file of recorded ones. Both run in processes of their own; the best of three counts.
The limit is gunzip: no reader of the raw zone can be faster. Seconds of the clock depend on what else the machine does
and on flatten having two threads; seconds of the processor do not.
"""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from include.common.arguments import Parser, count
from include.common.errors import exit_cleanly
from include.settings import REPOSITORY, child_environment
from tests.unit.flatten.raw_batches import authorship, institution, settings_in, topic, work, write_batch

ROUNDS = 3
AUTHORS = 6
PAGE_RECORDS = 100


@exit_cleanly
def main() -> None:
    """Write a batch, measure both, print the ratio."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--records", type=count, default=20_000)
    parser.add_argument("--works", type=Path, help="recorded works, one JSON object a line")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="entangled-benchmark-") as name:
        settings = settings_in(Path(name))
        # in a process of its own: a child's peak memory counts what its parent held when it was born
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            batch_id, size = pool.submit(prepare, settings.home, arguments.records, arguments.works).result()
        pages = sorted((settings.raw_zone / "works" / f"batch={batch_id}").glob("page-*.jsonl.gz"))
        gunzip = best(["gzip", "-dc", *map(str, pages)], settings.home)
        flatten = best([sys.executable, "-m", "include.flatten", "--batch", batch_id], settings.home)
        start_up = best([sys.executable, "-m", "include.flatten", "--help"], settings.home)

    print(f"{arguments.records:,} works, {size / 1e6:,.0f} MB of JSON in {len(pages):,} pages")
    for name, cost in (("gunzip", gunzip), ("flatten", flatten), ("(start-up)", start_up)):
        print(f"{name:<10} {cost.clock:6.2f} s clock {cost.processor:6.2f} s processor {cost.peak_mb:5,.0f} MB peak")
    print(
        f"flatten / gunzip: {(flatten.clock - start_up.clock) / gunzip.clock:.1f} by the clock, "
        f"{(flatten.processor - start_up.processor) / gunzip.processor:.1f} by the processor"
    )


def prepare(home: Path, records: int, works: Path | None) -> tuple[str, int]:
    """Write the batch; returns its id and the size of its JSON."""
    settings = settings_in(home)
    source = recorded(works) if works else invented()
    batch_id = write_batch(settings, "works", list(islice(source, records)), page_size=PAGE_RECORDS)
    pages = (settings.raw_zone / "works" / f"batch={batch_id}").glob("page-*.jsonl.gz")
    return batch_id, sum(len(gzip.decompress(page.read_bytes())) for page in pages)


class Cost(NamedTuple):
    """What one process took."""

    clock: float
    processor: float
    peak_mb: float


def invented() -> Iterator[dict[str, Any]]:
    """Works without end, of the size of real ones."""
    number = 0
    while True:
        number += 1
        yield work(
            number,
            authorships=[
                authorship(number * AUTHORS + place, institutions=[institution(number * place % 3000)])
                for place in range(AUTHORS)
            ],
            topics=[topic(number % 50 + place) for place in range(3)],
            # read by the source's clients and not by flatten: bytes that must be skipped
            concepts=[{"id": f"https://openalex.org/C{n}", "display_name": f"Concept {n}"} for n in range(40)],
        )


def recorded(file: Path) -> Iterator[dict[str, Any]]:
    """The works of the file over and over, each time under new ids."""
    works = [json.loads(line) for line in file.read_bytes().rstrip(b"\n").split(b"\n")]
    for number, one in enumerate(cycle(works), start=1):
        yield {**one, "id": f"https://openalex.org/W{number}"}


def best(command: list[str], home: Path) -> Cost:
    """The least that the command took in any round; the typed zone is emptied before each."""
    costs = []
    for _ in range(ROUNDS):
        shutil.rmtree(home / "typed", ignore_errors=True)
        costs.append(measure(command, {"ENTANGLED_HOME": str(home), "ENTANGLED_THREADS": "2"}))
    return Cost(*map(min, zip(*costs, strict=True)))


def measure(command: list[str], environment: dict[str, str]) -> Cost:
    """Run the command; the kernel says what that one process took."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=child_environment(**environment),
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"error: {' '.join(command[:4])} ended with {process.returncode}")
    return Cost(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
