"""How the time of a build grows with the works: the warehouse at several sizes, whole and by an increment.

    python benchmarks/growth.py [--works 100000 1000000 10000000] [--home HOME] [--threads 2] [--memory 6GB]

Each size is built as benchmarks/build.py builds it. The exponent between two sizes is log(ratio of seconds) over
log(ratio of works): 1 is a build that takes twice as long for twice the works. What a build takes whatever it holds
(dbt's start and its nodes) flatters the small sizes, so there is a line for each pair of neighbours; the last line has
the exponent from the smallest to the largest. `peak_mb` is of the largest process at any size, `increment_share` that
of the largest size.
"""

from __future__ import annotations

import math
import sys
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from build import Built, build_twice, show, with_limits

from include.common.arguments import Parser, count
from include.common.errors import exit_cleanly

SIZES = (100_000, 1_000_000, 10_000_000)


@exit_cleanly
def main() -> None:
    """Build each size twice; print what each took and how the seconds grow."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--works", type=count, nargs="+", default=list(SIZES), help="two sizes or more")
    arguments = with_limits(parser).parse_args()
    sizes = sorted(set(arguments.works))
    if len(sizes) < 2:
        parser.error("argument --works: growth is between two sizes or more")

    builds: list[Built] = []
    for number, works in enumerate(sizes, start=1):
        print(f"{number} of {len(sizes)}: {works:,} works", flush=True)
        built = build_twice(arguments.home, works, arguments.threads, arguments.memory)
        show(built)
        if builds and built.works == builds[-1].works:
            parser.error(f"argument --works: two of the sizes are {built.works:,} works, whole copies of the home")
        builds.append(built)

    for smaller, larger in pairwise(builds):
        print(f"from {smaller.works:,} to {larger.works:,} works: exponent {exponent(smaller, larger):.2f}")
    peak = max(cost.peak_mb for built in builds for cost in (built.whole, built.increment))
    share = builds[-1].increment.clock / builds[-1].whole.clock
    print(f"exponent={exponent(builds[0], builds[-1]):.2f} peak_mb={peak:.0f} increment_share={share:.3f}")


def exponent(smaller: Built, larger: Built) -> float:
    """By which power of the works the seconds of the whole build grow."""
    return math.log(larger.whole.clock / smaller.whole.clock) / math.log(larger.works / smaller.works)


if __name__ == "__main__":
    main()
