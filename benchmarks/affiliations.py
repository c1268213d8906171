"""Affiliation matching: precision and recall on the labelled set, and addresses a second, in the warehouse's SQL.

    python benchmarks/affiliations.py [--strings 1000000]

The labelled set (tests/data/affiliations.csv) has four parts: `tuned`, which the rules were made with; `held_out`,
written and measured once the rules stood; `recorded`, addresses of recorded works; `reviewed`, what a later review
found wrong or missing, with its likes. `known` counts as if the country of each were known to be the body's. The speed
is that of a million different addresses, one in twenty of the labelled set. The last line sums up, over all parts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from include.common.arguments import Parser, count
from include.common.errors import exit_cleanly
from include.settings import REPOSITORY, get_settings
from include.warehouse.affiliations import AffiliationMatcher, Score

LABELS = REPOSITORY / "tests" / "data" / "affiliations.csv"


def _whole(scores: list[Score]) -> Score:
    return Score("all", *(sum(getattr(one, name) for one in scores) for name in ("right", "wrong", "missed")))


def _addresses(matcher: AffiliationMatcher, strings: int) -> None:
    matcher.connection.execute(
        """
        create or replace table places as
        select * from (values
            ('London SW7 2AZ, UK'), ('80333 Munich, Germany'), ('Hangzhou 310027, China'),
            ('Shanghai 200240, China'), ('Wuhan 430074, Hubei, P.R. China'), ('Beijing 100190, China'),
            ('75005 Paris, France'), ('Uppsala, Sweden'), ('Nanjing, China'), ('Hong Kong, China')
        ) as t (place);

        create or replace table addresses as
        select case
            when i % 20 = 0 then 'Room ' || i || ', ' || affiliation_text
            else 'Department ' || i || ' of Computer Science and Technology, School of Information, University of Town '
                || i % 5003 || ', ' || place
        end as affiliation_text
        from range(?) as r(i)
        join (select row_number() over () - 1 as at, affiliation_text, count(*) over () as n from labels) as labels
            on labels.at = i % labels.n
        join (select row_number() over () - 1 as at, place from places) as places on places.at = i % 10
        """,
        [strings],
    )


@exit_cleanly
def main() -> None:
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strings", type=count, default=1_000_000, help="addresses to match (default: a million)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="entangled-affiliations-") as home:
        settings = get_settings().model_copy(update={"home": Path(home), "extra_lists": None})
        with AffiliationMatcher(settings) as matcher:
            known = _whole(matcher.score(LABELS, country_is_known=True))
            scores = matcher.score(LABELS)
            for score in (*scores, replace(known, part="known")):
                print(f"{score.part:<9} precision={score.precision:.3f} recall={score.recall:.3f} "
                      f"(right {score.right}, wrong {score.wrong}, missed {score.missed})")  # fmt: skip
            methods = matcher.connection.execute(
                """
                select match_kind, count(*), count(*) filter (list_contains(wanted, body_id))
                from label_matches join labels using (affiliation_text) group by match_kind order by 2 desc
                """
            ).fetchall()
            for method, found, right in methods:
                print(f"by {method:<19} found {found:>4}, right {right:>4}, precision={right / found:.3f}")
            _addresses(matcher, arguments.strings)
            started = time.perf_counter()
            matcher.match_table("addresses", "timed")
            seconds = time.perf_counter() - started
            ((matched,),) = matcher.connection.execute("select count(*) from timed").fetchall()
    print(f"{arguments.strings:,} addresses in {seconds:.1f} s, {matched:,} bodies found")
    whole = _whole(scores)
    print(f"precision={whole.precision:.3f} recall={whole.recall:.3f} strings_per_s={arguments.strings / seconds:.0f}")


if __name__ == "__main__":
    main()
