"""How long the questions of a dashboard take on a release: those of the report page and at least one of every mart.

    python benchmarks/queries.py [--database var/releases/current/marts.duckdb] [--rounds 50]

The database is opened read-only, once; then every question is asked so many times, each with all its rows fetched.
Questions are filtered as a dashboard filters: the reporter, year, topic ... are the largest in the data. A mart that no
question asks is an error. Opening the file is timed apart: a tool without a pool of connections does it every time.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from include.common.arguments import Parser, count
from include.common.errors import exit_cleanly
from include.report.reading import PREPARATION, QUERIES
from include.settings import get_settings

ROUNDS = 50
# a percentile of fewer is an accident
FEWEST_ROUNDS = 5

_TRENDS = "mart_copublication_trends where counting_method = 'full' and work_selection = 'all'"
_LISTED = "definition_code = 'any_list' and listing_basis = 'today'"

# what the questions are filtered by: the largest of each
FILTERS = {
    "group": f"select any_value(reporter_code) from {_TRENDS} and is_side_a",
    "reporter": f"select max_by(reporter_code, joint_papers) from {_TRENDS} and not is_group",
    "year": f"select max(publication_year) from {_TRENDS} and joint_papers > 0",
    "topic": "select max_by(topic_id, joint_papers) from mart_joint_papers_by_topic",
    "body": f"select max_by(body_id, military_linked_papers) from mart_linked_papers_by_body where {_LISTED}",
    "funder": "select max_by(funder_id, papers) from mart_funding_by_funder",
    "institution": "select max_by(institution_a_id, joint_papers_all_years) from mart_institution_pairs",
}

# the first word is the mart that is asked
DASHBOARD = {
    "mart_headline_figures, all": "from mart_headline_figures order by figure_order",
    "mart_headline_figures, a section": "from mart_headline_figures where section = 'military' order by figure_order",
    "mart_copublication_trends, a reporter over the years": f"""
        select publication_year, joint_papers, share_of_reporter_papers, share_of_partner_papers, growth_on_year_before
        from {_TRENDS} and reporter_code = {{reporter}} order by publication_year
    """,
    "mart_copublication_trends, countries of a year": f"""
        select reporter_name, joint_papers, share_of_reporter_papers, is_small_cell
        from {_TRENDS} and not is_group and publication_year = {{year}} order by joint_papers desc
    """,
    "mart_copublication_trends, ways of counting side by side": """
        select publication_year, counting_method, joint_papers from mart_copublication_trends
        where reporter_code = {reporter} and work_selection = 'all' order by all
    """,
    "mart_copublication_monthly, a reporter by month": """
        select publication_month, joint_papers, joint_papers_in_12_months, is_complete_month
        from mart_copublication_monthly
        where reporter_code = {reporter} and counting_method = 'full' order by publication_month
    """,
    "mart_country_relations, the partner's countries of a year": """
        select country_name, joint_papers, relative_intensity, partner_rank from mart_country_relations
        where publication_year = {year} and not is_group order by partner_rank limit 30
    """,
    "mart_institution_pairs, top links of a country": """
        select distinct institution_a_name, institution_b_name, joint_papers_all_years, rank_in_country_a
        from mart_institution_pairs where institution_a_country_code = {reporter} and rank_in_country_a <= 10
        order by rank_in_country_a
    """,
    "mart_institution_pairs, partners of an institution": """
        select institution_b_name, sum(joint_papers) as papers from mart_institution_pairs
        where institution_a_id = {institution} group by all order by papers desc limit 20
    """,
    "mart_funding_disclosure, a reporter over the years": """
        select publication_year, papers_with_funding, papers_with_funders_of_both_sides, disclosed_share
        from mart_funding_disclosure where reporter_code = {reporter} order by publication_year
    """,
    "mart_funding_by_side, sides over the years": """
        select publication_year, side_name, papers, share_of_papers_with_funding, disclosed_share
        from mart_funding_by_side where reporter_code = {group} order by all
    """,
    "mart_funding_by_class, classes over the years": """
        select publication_year, funder_class_name, papers, share_of_papers_with_funding, disclosed_share
        from mart_funding_by_class where reporter_code = {group} order by all
    """,
    "mart_funding_by_funder, a funder by country": """
        select reporter_name, sum(papers) as papers from mart_funding_by_funder
        where funder_id = {funder} group by all order by papers desc
    """,
    "mart_funding_by_publisher, publishers of a year": """
        select publisher_name, joint_papers, disclosed_share, is_small_cell from mart_funding_by_publisher
        where reporter_code = {group} and publication_year = {year}
        order by joint_papers desc limit 20
    """,
    "mart_funding_by_source_type, types of source of a year": """
        select source_type, joint_papers, disclosed_share, is_small_cell from mart_funding_by_source_type
        where reporter_code = {group} and publication_year = {year} order by joint_papers desc
    """,
    "mart_institution_funder_classes, classes that pay at an institution": """
        select funder_class_name, papers, share_of_papers_with_funding, disclosed_share
        from mart_institution_funder_classes where institution_id = {institution} order by papers desc
    """,
    "mart_institution_funders, who pays at an institution": """
        select funder_name, papers, share_of_papers_with_funding, disclosed_share from mart_institution_funders
        where institution_id = {institution} order by papers desc limit 20
    """,
    "mart_linked_papers, definitions over the years": """
        select publication_year, definition_code, listing_basis, military_linked_papers, share_of_joint_papers
        from mart_linked_papers where reporter_code = {reporter} order by all
    """,
    "mart_linked_papers_by_body, a body by country": f"""
        select reporter_name, sum(military_linked_papers) as papers
        from mart_linked_papers_by_body where {_LISTED} and body_id = {{body}} group by all order by papers desc
    """,
    "mart_linked_papers_by_institution, institutions of a country": f"""
        select institution_name, military_linked_papers, joint_papers, share_of_joint_papers, is_small_cell
        from mart_linked_papers_by_institution
        where {_LISTED} and side = 'side_a' and reporter_code = {{reporter}} and publication_year = {{year}}
        order by military_linked_papers desc limit 20
    """,
    "mart_linked_papers_by_topic, topics of a country and year": f"""
        select topic_name, military_linked_papers, joint_papers, share_of_joint_papers, is_small_cell
        from mart_linked_papers_by_topic
        where {_LISTED} and reporter_code = {{reporter}} and publication_year = {{year}}
        order by military_linked_papers desc limit 20
    """,
    "mart_linked_papers_by_funder_class, classes over the years": f"""
        select publication_year, funder_class_name, military_linked_papers, share_of_joint_papers
        from mart_linked_papers_by_funder_class where {_LISTED} and reporter_code = {{group}} order by all
    """,
    "mart_linked_papers_by_funder_class, who pays for what is linked": f"""
        select funder_class_name, military_linked_papers, share_of_linked_papers_with_funding
        from mart_linked_papers_by_funder_class
        where {_LISTED} and reporter_code = {{group}} and publication_year = {{year}}
        order by military_linked_papers desc
    """,
    "mart_joint_papers_by_subfield, subfields over the years": """
        select publication_year, subfield_name, joint_papers, share_of_joint_papers from mart_joint_papers_by_subfield
        where reporter_code = {reporter} order by all
    """,
    "mart_joint_papers_by_topic, topics of a country and year": """
        select topic_name, joint_papers, share_of_joint_papers, is_sensitive_topic from mart_joint_papers_by_topic
        where reporter_code = {reporter} and publication_year = {year}
        order by joint_papers desc limit 20
    """,
    "mart_joint_papers_by_topic, a topic over the years": """
        select publication_year, joint_papers, share_of_joint_papers from mart_joint_papers_by_topic
        where reporter_code = {group} and topic_id = {topic} order by publication_year
    """,
    "mart_ops_batches, the latest": "from mart_ops_batches order by ended_at desc limit 20",
    "mart_ops_completeness, all years": "from mart_ops_completeness order by publication_year",
    "mart_ops_windows, not complete": "from mart_ops_windows where window_status <> 'complete' limit 100",
    "mart_ops_coverage, all": "from mart_ops_coverage",
    "mart_ops_quality_results, not passed": "from mart_ops_quality_results where not passed",
    "mart_ops_releases, all": "from mart_ops_releases order by published_at desc",
}


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one question."""

    question: str
    rows: int
    p50_ms: float
    p95_ms: float


@exit_cleanly
def main() -> None:
    """Ask every question and print what each took, slowest first."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    current = get_settings().releases_dir / "current" / "marts.duckdb"
    parser.add_argument("--database", type=Path, default=current, help="default: the current release's")
    parser.add_argument("--rounds", type=count, default=ROUNDS, help=f"how often each is asked (default: {ROUNDS})")
    arguments = parser.parse_args()
    if not arguments.database.is_file():
        sys.exit(f"error: there is no release to ask at {arguments.database}; make one: `make demo`, or `make run`")
    if arguments.rounds < FEWEST_ROUNDS:
        sys.exit(f"error: --rounds {arguments.rounds} is too few for a percentile; at least {FEWEST_ROUNDS}")
    timings = ask(arguments.database, arguments.rounds)
    print(f"{'p95 ms':>8} {'p50 ms':>8} {'rows':>6}  question")
    for one in timings:
        print(f"{one.p95_ms:8.1f} {one.p50_ms:8.1f} {one.rows:6}  {one.question}")
    opening = _opening(arguments.database, arguments.rounds)
    print(f"{opening.p95_ms:8.1f} {opening.p50_ms:8.1f} {'':>6}  (opening the file anew, not among the questions)")
    print(f"queries={len(timings)} p95_ms={timings[0].p95_ms:.1f}")


def ask(file: Path, rounds: int, schema: str = "main") -> list[Timing]:
    """Time every question on `file`; slowest first. Marts that only a release has are left out elsewhere."""
    with duckdb.connect(str(file), read_only=True, config={"threads": "2"}) as db:
        db.execute(f"set schema = '{schema}'")
        there = {
            name
            for (name,) in db.execute(
                "select table_name from duckdb_tables() where schema_name = ? and table_name like 'mart_%'", [schema]
            ).fetchall()
        }
        unasked = there - {_mart(question) for question in DASHBOARD}
        if unasked:
            sys.exit(f"error: no question asks {', '.join(sorted(unasked))}: add one to {Path(__file__).name}")
        for sql in PREPARATION:
            db.execute(sql)
        values = {name: _literal(db, sql) for name, sql in FILTERS.items()}
        questions = {question: sql.format(**values) for question, sql in DASHBOARD.items() if _mart(question) in there}
        questions |= {f"report, {field}": sql for field, sql in QUERIES.items()}
        timings = [timed(question, partial(_fetched, db, sql), rounds) for question, sql in questions.items()]
    return sorted(timings, key=lambda one: -one.p95_ms)


def _fetched(db: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[object, ...]]:
    return db.execute(sql).fetchall()


def _mart(question: str) -> str:
    return question.split(",")[0]


def _literal(db: duckdb.DuckDBPyConnection, sql: str) -> str:
    ((value,),) = db.execute(sql).fetchall()
    text = str(value).replace("'", "''")
    return "null" if value is None else f"'{text}'"


def _opening(file: Path, rounds: int) -> Timing:
    def opened() -> list[tuple[object, ...]]:
        with duckdb.connect(str(file), read_only=True, config={"threads": "2"}) as db:
            return db.execute("select count(*) from mart_headline_figures").fetchall()

    return timed("opening", opened, rounds)


def timed(question: str, run: Callable[[], list[tuple[object, ...]]], rounds: int) -> Timing:
    """How long `run` takes, `rounds` times."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        rows = run()
        taken.append((time.perf_counter() - started) * 1000)
    return Timing(question, len(rows), statistics.median(taken), statistics.quantiles(taken, n=20)[-1])


if __name__ == "__main__":
    main()
