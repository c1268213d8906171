"""What a day costs when 0, 0.1, 1 or 10 % of the works have changed, beside a full sweep of the same source.

    python benchmarks/increment.py [--scale 1.0] [--by year|quarter|month] [--rate 10] [--latency-ms 150]

A generated corpus is ingested into an empty home: that is the full sweep. Then, for every share, a copy of that home
meets a later state of the corpus (`evolve --share`: so many works changed, a fifth as many new, five times as many
only cited; all spread evenly over the years, which is harder than a real day, when most of what is new is recent) on
the day after. Both do all that an ingest does: plan, sweeps, vanished works, totals, flatten, references. The next day
is a clock that is put forward in the process that is measured.

A free key cannot ask what changed. A count probe shows that works came or went, and the window is then swept whole;
what changed in place is found when its window's turn comes: recent windows every day, old ones every
`revisit_old_days`. So a day can miss changes in old windows whose count stayed: `found` is the works that the day
stored, of those and the ones that a full sweep after it still finds. `amortised` adds to the day without a change the
part of the old windows that is due each day. Requests and credits are the server's counts; seconds are of the ingest,
without the start of its process.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import requests
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from include.common import clock
from include.common.arguments import Parser, count, size
from include.common.errors import exit_cleanly
from include.pipeline.truth import command, pipeline_environment, serving
from include.settings import REPOSITORY, Settings, child_environment

SHARES = (0.001, 0.01, 0.1)
SCOPE = "demo"


class Day(NamedTuple):
    """What one ingest took. `windows` swept of `planned`; works `stored` because new or changed, and `missed`."""

    windows: int
    planned: int
    stored: int
    missed: int
    requests: int
    credits: int
    seconds: float


@exit_cleanly
def main() -> None:
    """Sweep whole, then a day for each share; print the table and a line for each share."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scale", type=size, default=1.0, help="of the corpus; 1 is the study's size (default)")
    parser.add_argument("--by", choices=("year", "quarter", "month"), default="year", help="how old years are cut")
    parser.add_argument("--rate", type=count, default=10, help="requests a second; a free key may do at least 10")
    parser.add_argument("--latency-ms", type=int, default=150)
    parser.add_argument("--ingest", type=count, metavar="DAYS", help=argparse.SUPPRESS)
    parser.add_argument("--full", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ingest is not None:
        print(json.dumps(ingest(arguments.ingest, full=arguments.full)))
        return

    with tempfile.TemporaryDirectory(prefix="entangled-benchmark-") as name:
        bench = Bench(Path(name), arguments)
        corpus = bench.corpus("generate", "--scale", str(arguments.scale))
        full = bench.day("full sweep", corpus, before=None)
        quiet = bench.day("no change", corpus, before=corpus)
        days = {}
        for share in SHARES:
            later = bench.corpus("evolve", "--corpus", str(corpus), "--share", str(share))
            days[share] = bench.day(f"{share:.1%} changed", later, before=corpus)
        old = bench.old_credits_a_day()
    print(
        f"amortised: {quiet.credits + old:.0f} credits a day, of these {old:.1f} for the old windows that are due; "
        f"a full sweep takes {full.credits:,}"
    )
    for share, day in days.items():
        print(
            f"changed={share * 100:g}% requests_share={day.requests / full.requests:.3f} "
            f"seconds_share={day.seconds / full.seconds:.3f}"
        )


class Bench:
    """Corpora, homes and the table, in one folder."""

    def __init__(self, folder: Path, arguments: argparse.Namespace) -> None:
        self._folder, self._arguments = folder, arguments
        self._log = folder / "run.log"
        self._full_home = folder / "home"
        self._scope = folder / "scope.yaml"
        scope = yaml.safe_load((REPOSITORY / "config" / "scopes" / f"{SCOPE}.yaml").read_text())
        scope["windows"]["by"] = arguments.by
        self._scope.write_text(yaml.safe_dump(scope))
        print(f"old years cut by {arguments.by}, {arguments.rate} requests a second, {arguments.latency_ms} ms latency")
        print(f"{'':<14} {'windows':>9} {'found':>15} {'requests':>9} {'credits':>8} {'seconds':>8}", flush=True)

    def corpus(self, *how: str) -> Path:
        """A corpus that `python -m include.sandbox` makes."""
        folder = self._folder / "-".join(["corpus", *how[:1], how[-1]])
        command(["include.sandbox", *how, "--out", str(folder), "--seed", "1"], child_environment(), self._log)
        return folder

    def day(self, title: str, corpus: Path, *, before: Path | None) -> Day:
        """Ingest `corpus`: into an empty home, or a day later into a copy of the home that holds `before`."""
        from include.openalex import Plan

        if before is not None:
            shutil.copytree(self._full_home, self._folder / "day")
        home = self._full_home if before is None else self._folder / "day"
        days = 0 if before is None else 1
        with serving(corpus, log_file=self._folder / "sandbox.log") as url:
            _set_pace(url, self._arguments.rate, self._arguments.latency_ms)
            environment = pipeline_environment(home, url, corpus, str(self._scope))
            done = self._ingest({**environment, "OPENALEX_REQUESTS_PER_SECOND": str(self._arguments.rate)}, days)
            asked = len(requests.get(f"{url}/_stats", timeout=10).json())
            credits = requests.get(f"{url}/rate-limit", timeout=10).json()["rate_limit"]["credits_used"]
            made = Plan.load(home / "raw" / "_plan.json")
            _set_pace(url, 0, 0)
            missed = self._ingest(environment, days, "--full")["stored"] if before is not None else 0
        day = Day(
            windows=len(made.having("sweep")),
            planned=len(made.windows),
            stored=int(done["stored"]),
            missed=int(missed),
            requests=asked,
            credits=credits,
            seconds=done["seconds"],
        )
        if before is not None:
            shutil.rmtree(home)
        print(
            f"{title:<14} {f'{day.windows}/{day.planned}':>9} {f'{day.stored:,}/{day.stored + day.missed:,}':>15} "
            f"{day.requests:>9,} {day.credits:>8,} {day.seconds:>8.1f}",
            flush=True,
        )
        return day

    def old_credits_a_day(self) -> float:
        """Requests of the old windows, spread over the days in which each of them has its turn."""
        from include.contracts.scope import ResolvedScope
        from include.openalex import Plan
        from include.openalex.budget import sweep_requests
        from include.openalex.windows import is_recent

        settings = Settings(_env_file=None, ENTANGLED_HOME=self._full_home)
        scope = ResolvedScope.load(settings.resolved_scope_file)
        made = Plan.load(settings.raw_zone / "_plan.json")
        old = [sweep_requests(one.expected) for one in made.windows if not is_recent(scope, one.window)]
        return sum(old) / scope.windows.revisit_old_days

    def _ingest(self, environment: dict[str, str], days: int, *more: str) -> dict[str, float]:
        arguments = [sys.executable, __file__, "--ingest", str(days), *more]
        with self._log.open("ab") as errors:
            ended = subprocess.run(arguments, env=environment, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=errors)
        if ended.returncode != 0:
            sys.exit(f"error: the ingest ended with {ended.returncode}:\n{self._log.read_text()[-2000:]}")
        found: dict[str, float] = json.loads(ended.stdout)
        return found


def _set_pace(url: str, rate: int, latency_ms: int) -> None:
    """What the server allows a second (0: any number), and how long it waits before each answer."""
    pace = {"requests_per_second": rate, "latency_ms": latency_ms}
    requests.post(f"{url}/_limits", json=pace, timeout=10).raise_for_status()


def ingest(days: int, *, full: bool) -> dict[str, float]:
    """From the source to typed batches, `days` from now; in a process of its own. `full`: works only, but all."""
    real = clock.utc_now

    def later() -> datetime:
        return real() + timedelta(days=days)

    # before any stage is imported: they take the function by its name
    clock.utc_now = later
    from include import flatten, openalex
    from include.settings import get_settings

    settings = get_settings()
    started = time.perf_counter()
    openalex.resolve_scope(settings)
    done = openalex.extract_all(settings, full=full)
    if not full:
        openalex.sync_vanished(settings)
        openalex.sync_totals(settings)
        flatten.flatten_new(settings)
        openalex.sync_references(settings)
        flatten.flatten_new(settings)
    return {"stored": sum(one.stored for one in done), "seconds": time.perf_counter() - started}


if __name__ == "__main__":
    main()
