"""What the marts must say about a generated corpus, to the last paper.

Computed from the generator's own clean tables, never from the JSON and never with the warehouse's SQL, after the words
of dbt_project/models/marts/README.md and seeds/reference/headline_figures.csv, for the scope `demo` (2017 to 2022).
Written as truth/<mart>.parquet (the grain and the measures), truth/fct_work_{funding,awards}.parquet and
truth/summary.json. One module a mart; base.py is what they share.

Where those words leave a choice, this was decided:
- Joint papers, and the totals too, leave paratext out; retracted papers count.
- A fractional credit divides by all authorships of the work, however many, and then by the author's distinct countries.
- `growth_since_first_year` is 0 in the first year itself; `annual_growth_since_first_year` is null there.
- A selection of works changes which papers count, never a paper's credit; the whole of side A is under the same
  selection.
- Institution pairs take institutions as named in the author list; the parents in their lineage are not added.
- A work is linked to a body when an author of China has its institution, one that has it in its lineage, or, for a body
  without a ROR, its name in an address of an author of China.
- A body without a listing that holds on the day counts under no definition on that basis.
- A funder that works name without its id is the same funder; one that nothing tells who it is has no country and counts
  in class `other`.
- A rank counts the partners with more papers, plus one.
- Rows for bodies of the real lists exist in `mart_headline_figures` and have no value: their institutions are not here.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from include.common.sql import quoted
from include.sandbox.truth import base, copublication, funding, headline, military, pairs, relations, topics
from include.settings import Settings

MARTS = (
    "mart_copublication_trends",
    "mart_copublication_monthly",
    "mart_country_relations",
    "mart_institution_pairs",
    "mart_funding_sources",
    "mart_funding_coverage",
    "mart_funder_institutions",
    "mart_military_links",
    "mart_military_funding",
    "mart_topic_collaboration",
    "mart_headline_figures",
)
# what the marts of funding are counted from
FACTS = ("fct_work_funding", "fct_work_awards")


def write(settings: Settings, db: duckdb.DuckDBPyConnection, folder: Path, *, scale: float) -> dict[str, int]:
    """Write the truth into `folder`; returns the counts that a person wants to see."""
    folder.mkdir(parents=True)
    base.joint_papers(db)
    base.totals(db)
    base.military_links(db)
    copublication.write(db)
    relations.write(db)
    pairs.write(db)
    funding.write(db)
    military.write(db)
    topics.write(db, settings)
    # last, because figures are read off the other marts too
    headline.write(db, settings)
    for mart in (*MARTS, *FACTS):
        db.execute(f"copy (select * from {mart} order by all) to {quoted(folder / f'{mart}.parquet')} (format parquet)")
    counts = _counts(db)
    figures = dict(db.execute("select figure_id, computed_value from mart_headline_figures order by all").fetchall())
    rows = {mart: _number(db, f"select count(*) from {mart}") for mart in MARTS}
    summary = {"scale": scale, "counts": counts, "mart_rows": rows, "figures": figures}
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return counts


def _number(db: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(db.execute(query).fetchall()[0][0])


def _counts(db: duckdb.DuckDBPyConnection) -> dict[str, int]:
    held = _number(db, "select count(*) from works")
    delivered = "kind in ('joint', 'miscoded', 'absurd_year')"
    return {
        "works": held + _number(db, "select count(*) from background"),
        "works_with_all_fields": held,
        "joint_works_in_scope": _number(db, "select count(*) from joint_works"),
        "works_delivered_by_the_scope": _number(db, f"select count(*) from works where {delivered}"),
        "expected_quarantined": _number(db, "select count(*) from works where kind = 'absurd_year'"),
    }
