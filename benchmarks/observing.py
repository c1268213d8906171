"""What lineage, metrics and alerts add to a run: seconds of the clock and of the processor, beside a run without them.

    python benchmarks/observing.py [--scale 0.1] [--runs 3]

A run from the command line into an empty home, against a sandbox on loopback, in turns: without any of the three, and
with all of them (events to files and to a server, metrics to a receiver, and a look that tells alerts, with a webhook
set). The servers are threads of this process, so their seconds are not counted; those of the run's own children are.
The median of each is compared. `--one lineage` switches one of the three on alone.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from include.common.arguments import Parser, count, size
from include.common.errors import exit_cleanly
from include.health.drill.receivers import taking_posts, webhook
from include.pipeline.truth import command, pipeline_environment, serving
from include.settings import child_environment

WHAT = ("lineage", "metrics", "alerts")


class Took(NamedTuple):
    """Seconds of the clock and of the processor."""

    wall: float
    cpu: float


@exit_cleanly
def main() -> None:
    """Run in turns; print a line a run, and the ratio of the medians."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scale", type=size, default=0.1, help="of the corpus; 1 is the study's size (default: 0.1)")
    parser.add_argument("--runs", type=count, default=3, help="of each kind (default: 3)")
    parser.add_argument("--one", choices=WHAT, help="switch this one on alone (default: all)")
    arguments = parser.parse_args()
    wanted = (arguments.one,) if arguments.one else WHAT
    with (
        tempfile.TemporaryDirectory(prefix="entangled-benchmark-") as name,
        taking_posts(_forget) as server,
        webhook() as hook,
    ):
        folder = Path(name)
        corpus = folder / "corpus"
        asked = ["include.sandbox", "generate", "--out", str(corpus), "--seed", "1", "--scale", str(arguments.scale)]
        command(asked, child_environment(), folder / "log")
        listening = {
            "lineage": {"ENTANGLED_LINEAGE": f"http://{server}"},
            "metrics": {"ENTANGLED_METRICS": f"http://{server}"},
            "alerts": {"ENTANGLED_ALERTS": hook.address},
        }
        took: dict[str, list[Took]] = {"without": [], "with": []}
        with serving(corpus, log_file=folder / "sandbox.log") as url:
            for number in range(2 * arguments.runs):
                kind = ("without", "with")[number % 2]
                home = folder / "home"
                shutil.rmtree(home, ignore_errors=True)
                environment = {**pipeline_environment(home, url, corpus, "demo"), "ENTANGLED_LINEAGE": "off"}
                if kind == "with":
                    for one in wanted:
                        environment |= listening[one]
                once = _run(environment, folder / "log", looks=kind == "with" and "alerts" in wanted)
                took[kind].append(once)
                print(f"{kind:<8} {once.wall:>7.1f} s of the clock {once.cpu:>7.1f} s of the processor", flush=True)
    wall, cpu = (
        statistics.median(getattr(one, what) for one in took["with"])
        / statistics.median(getattr(one, what) for one in took["without"])
        - 1
        for what in Took._fields
    )
    print(f"{', '.join(wanted)} add {cpu:+.1%} of the processor's seconds, {wall:+.1%} of the clock's (at most 5 %)")


def _forget(path: str, headers: dict[str, str], body: bytes) -> bool:
    """A server of lineage or metrics that takes everything."""
    return True


def _run(environment: dict[str, str], log: Path, *, looks: bool) -> Took:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command(["include.pipeline", "run"], environment, log)
    if looks:
        # as a flow of Airflow does at its end
        command(["include.health", "look"], environment, log)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(time.monotonic() - began, cpu)


if __name__ == "__main__":
    main()
