"""Finding listed bodies in addresses: precision and recall on the labelled set by part, and addresses a second.

    python benchmarks/affiliations.py [--strings 1000000]

`tuned`, `held_out`, `recorded` and `reviewed` are the set of before (tests/data/affiliations.csv). The other parts are
kinds of addresses that real ones showed (tests/data/affiliations_kinds.csv); every third of those lies in a file of its
own that no rule was made with (tests/data/affiliations_held_out.csv): the line `held-out kinds` is its score.

A name with nothing but units beside it counts as found: of an author the country is known. `named` counts only what
names its country. The speed is that of the stage (include/affiliations/stage.py), file to file, on a million different
addresses, one in twenty of the labelled set. The last line is of all parts together.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from include.affiliations import Matcher, Score, score
from include.affiliations.scoring import Labelled, labelled, methods, whole
from include.affiliations.stage import match_file
from include.common.arguments import Parser, count
from include.common.errors import exit_cleanly
from include.contracts.reference import tables_in_use
from include.settings import REPOSITORY, get_settings

DATA = REPOSITORY / "tests" / "data"
PLACES = (
    "London SW7 2AZ, UK", "80333 Munich, Germany", "Hangzhou 310027, China", "Shanghai 200240, China",
    "Wuhan 430074, Hubei, P.R. China", "Beijing 100190, China", "75005 Paris, France", "Uppsala, Sweden",
    "Nanjing, China", "Hong Kong, China",
)  # fmt: skip


def _line(one: Score) -> str:
    return (
        f"{one.part:<16} precision={one.precision:.3f} recall={one.recall:.3f} "
        f"(right {one.right}, wrong {one.wrong}, missed {one.missed})"
    )


def _addresses(labels: list[Labelled], strings: int) -> list[str]:
    return [
        f"Room {number}, {labels[number % len(labels)].text}"
        if number % 20 == 0
        else f"Department {number} of Computer Science and Technology, School of Information, University of Town "
        f"{number % 5003}, {PLACES[number % len(PLACES)]}"
        for number in range(strings)
    ]


def _speed(tables: object, labels: list[Labelled], strings: int) -> float:
    """Addresses a second of the stage, with as many processes as it takes."""
    with tempfile.TemporaryDirectory(prefix="entangled-affiliations-") as home:
        settings = get_settings().model_copy(update={"home": Path(home), "extra_lists": None})
        addresses = Path(home) / "addresses.parquet"
        pq.write_table(pa.table({"affiliation_text": _addresses(labels, strings)}), addresses, row_group_size=20_000)
        started = time.perf_counter()
        rows, _ = match_file(settings, tables, "timed", addresses, strings, Path(home) / "matches.parquet")  # type: ignore[arg-type]
        seconds = time.perf_counter() - started
    print(f"{strings:,} addresses in {seconds:.1f} s with {settings.threads} threads, {rows:,} bodies found")
    return strings / seconds


@exit_cleanly
def main() -> None:
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strings", type=count, default=1_000_000, help="addresses to match (default: a million)")
    arguments = parser.parse_args()
    tables = tables_in_use(get_settings().seeds, None, None)
    matcher = Matcher(tables)
    before = labelled(DATA / "affiliations.csv")
    kinds = labelled(DATA / "affiliations_kinds.csv")
    held_out = labelled(DATA / "affiliations_held_out.csv")
    everything = [*before, *kinds, *held_out]
    for one in score(matcher, [*before, *kinds], country_is_known=True):
        print(_line(one))
    print(_line(whole("held-out kinds", score(matcher, held_out, country_is_known=True))))
    print(_line(whole("named", score(matcher, everything))))
    for method, found, right in methods(matcher, everything):
        print(f"by {method:<19} found {found:>4}, right {right:>4}, precision={right / found:.3f}")
    speed = _speed(tables, everything, arguments.strings)
    all_parts = whole("all", score(matcher, everything, country_is_known=True))
    print(f"precision={all_parts.precision:.3f} recall={all_parts.recall:.3f} strings_per_s={speed:.0f}")


if __name__ == "__main__":
    main()
