"""What the pages show, read from the candidate's BI layer and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from include.common.duck import connect
from include.common.sql import read_parquet
from include.contracts.candidate import Lineage, Verdict
from include.report.figures import SMALL_CELL, Years
from include.report.words import without_brackets
from include.settings import Settings

Row = dict[str, Any]
Rows = list[Row]

MOST_PARTNERS, MOST_FUNDERS, MOST_BODIES, MOST_TOPICS = 10, 10, 12, 20
# institutions with a page of their own, of each side; in the network; and pairs and topics of a country's page
LEADING_INSTITUTIONS, IN_NETWORK, OF_A_COUNTRY = 15, 12, 8
# topics in the scatter: with fewer papers a share of them is an accident
ENOUGH_FOR_A_TOPIC = 100

# what the queries look up. Temporary, so that a read-only release can be asked too. `period`: the complete years; all
# years where none is complete
PREPARATION = (
    """
    create temp table side as
    select reporter_code, reporter_name from dim_reporter where is_side_a order by reporter_order limit 1
    """,
    """
    create temp table reporter_years as
    from bi_side_year union all by name from bi_reporter_year
    where reporter_code not in (select reporter_code from bi_side_year)
    """,
    """
    create temp table of_side as
    from reporter_years where reporter_code in (select reporter_code from side) order by publication_year
    """,
    """
    create temp table period as
    with shown as (
        from of_side where publication_year between
            (select min(publication_year) from of_side where joint_papers > 0)
            and (select max(publication_year) from of_side where joint_papers > 0)
    )
    select publication_year, is_complete_year from shown
    where is_complete_year or not exists (from shown where is_complete_year)
    """,
    f"""
    create temp table leading_institutions as
    select institution_id from bi_institution where side in ('side_a', 'side_b')
    qualify row_number() over (partition by side order by joint_papers desc, institution_id) <= {LEADING_INSTITUTIONS}
    """,
)

_IN_PERIOD = "publication_year in (select publication_year from period)"
_OF_SIDE = "reporter_code = (select reporter_code from side)"

QUERIES = {
    "reporters": "from dim_reporter order by reporter_order",
    "years": "from reporter_years order by reporter_code, publication_year",
    "links": f"""
        select reporter_code, definition_code, any_value(definition_name) as definition_name, definition_order,
            listing_basis, sum(linked_papers) as linked_papers, sum(joint_papers) as joint_papers
        from bi_linked_year where {_IN_PERIOD}
        group by reporter_code, definition_code, definition_order, listing_basis
        order by reporter_code, definition_order, listing_basis
    """,
    "links_by_year": f"""
        from bi_linked_year where {_OF_SIDE} order by definition_order, listing_basis, publication_year
    """,
    "definitions": "from dim_military_definition order by definition_order",
    "mix": f"""
        select reporter_code, funding_mix, any_value(funding_mix_name) as funding_mix_name, funding_mix_order,
            sum(papers) as papers, sum(joint_papers) as joint_papers
        from bi_funding_mix where {_IN_PERIOD}
        group by reporter_code, funding_mix, funding_mix_order order by reporter_code, funding_mix_order
    """,
    "mix_by_year": f"from bi_funding_mix where {_OF_SIDE} order by publication_year, funding_mix_order",
    "classes": f"""
        select reporter_code, funder_class, any_value(funder_class_name) as funder_class_name,
            sum(papers) as papers, sum(papers_with_funding) as papers_with_funding
        from bi_funder_class_year where {_IN_PERIOD}
        group by reporter_code, funder_class having papers > 0 order by reporter_code, papers desc, funder_class
    """,
    "funders": f"""
        select funder_id, any_value(funder_name) as funder_name, any_value(funder_class_name) as funder_class_name,
            sum(papers) as papers, sum(papers_with_funding) as papers_with_funding
        from bi_funder_year where {_OF_SIDE} and {_IN_PERIOD}
        group by funder_id having papers > 0 order by papers desc, funder_id limit {MOST_FUNDERS}
    """,
    "partners": f"""
        select *, joint_papers / nullif(expected_papers, 0) as relative_intensity
        from bi_partner_year where country_code in (
            select country_code from bi_partner_year
            where publication_year = (select max(publication_year) from period) and joint_papers > 0
            order by joint_papers desc, country_code limit {MOST_PARTNERS}
        ) order by country_code, publication_year
    """,
    # countries outside side A that side B writes more with than with side A as one
    "ahead_of_side": """
        select count(*) as countries from bi_partner_year
        where not is_side_a_country and publication_year = (select max(publication_year) from period)
            and joint_papers > (
                select joint_papers from of_side where publication_year = (select max(publication_year) from period)
            )
    """,
    "bodies": f"""
        select body_id, any_value(body_name) as body_name, any_value(category_name) as category_name,
            any_value(narrowest_definition_code) as definition_code,
            any_value(narrowest_definition_name) as definition_name,
            sum(linked_papers) filter (listing_basis = 'today') as papers,
            sum(linked_papers) filter (listing_basis = 'at_publication') as papers_then
        from bi_linked_body_year where {_OF_SIDE} and {_IN_PERIOD}
        group by body_id having papers > 0 order by papers desc, body_id limit {MOST_BODIES}
    """,
    "body_lists": """
        select distinct body_id, list_id, list_name, source_url, valid_from from bi_body_list
        order by body_id, list_name, valid_from
    """,
    "listed_names": """
        select body_id, body_name, category_name from bi_body where is_listed_today order by body_name, body_id
    """,
    "flows": f"""
        select funding_mix_name, coalesce(narrowest_definition_code, 'none') as definition_code,
            count(*) as papers
        from bi_work
        where {_IN_PERIOD} group by all order by all
    """,
    "topics": f"""
        with ends as (select min(publication_year) as first_year, max(publication_year) as last_year from period)
        select topic_id, any_value(topic_name) as topic_name, bool_or(is_sensitive_topic) as is_named,
            sum(joint_papers) as papers, sum(linked_any_list) as linked_papers,
            sum(joint_papers) filter (publication_year = first_year) as first_papers,
            sum(joint_papers) filter (publication_year = last_year) as last_papers
        from bi_topic_year cross join ends where {_OF_SIDE} and {_IN_PERIOD}
        group by topic_id having papers > 0 order by papers desc, topic_id
    """,
    "topics_of_reporters": f"""
        select reporter_code, topic_id, any_value(topic_name) as topic_name, sum(joint_papers) as papers
        from bi_topic_year where {_IN_PERIOD} and reporter_kind = 'country'
        group by reporter_code, topic_id having papers > 0
        qualify row_number() over (partition by reporter_code order by papers desc, topic_id) <= {OF_A_COUNTRY}
        order by reporter_code, papers desc, topic_id
    """,
    "pairs_of_reporters": f"""
        from bi_pair
        qualify row_number() over (
            partition by reporter_code order by joint_papers desc, institution_a_id, institution_b_id
        ) <= {OF_A_COUNTRY}
        order by reporter_code, joint_papers desc, institution_a_id, institution_b_id
    """,
    "institutions": """
        from bi_institution where institution_id in (from leading_institutions)
        order by side, joint_papers desc, institution_id
    """,
    "institution_years": """
        from bi_institution_year where institution_id in (from leading_institutions) order by institution_id,
        publication_year
    """,
    "pairs_of_institutions": f"""
        with
        pairs as (
            select institution_a_id as institution_id, institution_b_id as partner_id, joint_papers from bi_pair
            union all
            select institution_b_id, institution_a_id, joint_papers from bi_pair
        )
        select pairs.*, institutions.institution_label as partner_label,
            institutions.listed_category_name as partner_listed_category_name
        from pairs inner join bi_institution as institutions on pairs.partner_id = institutions.institution_id
        where pairs.institution_id in (from leading_institutions)
        qualify row_number() over (
            partition by pairs.institution_id order by pairs.joint_papers desc, partner_id
        ) <= {OF_A_COUNTRY}
        order by pairs.institution_id, pairs.joint_papers desc, partner_id
    """,
    "classes_of_institutions": """
        from bi_funder_institution where institution_id in (from leading_institutions) and papers > 0
        order by institution_id, papers desc, funder_class
    """,
    "network": f"""
        with side_a as (
            select institution_id from bi_institution where side = 'side_a'
            order by joint_papers desc, institution_id limit {IN_NETWORK}
        ),
        side_b as (
            select institution_id from bi_institution where side = 'side_b'
            order by joint_papers desc, institution_id limit {IN_NETWORK}
        )
        from bi_pair where institution_a_id in (from side_a) and institution_b_id in (from side_b)
        order by joint_papers desc, institution_a_id, institution_b_id
    """,
    "selections": f"""
        select work_selection, any_value(selection_name) as selection_name, selection_order,
            sum(joint_papers) as papers, sum(joint_papers_of_all) as papers_of_all
        from bi_selection_year where {_OF_SIDE} and {_IN_PERIOD}
        group by work_selection, selection_order order by selection_order
    """,
    "methods": f"""
        select counting_method, any_value(counting_method_name) as method_name, counting_method_order,
            sum(joint_papers) as papers
        from bi_counting_year where {_OF_SIDE} and {_IN_PERIOD}
        group by counting_method, counting_method_order order by counting_method_order
    """,
    "headline": "from bi_headline order by figure_order",
    "coverage": "from mart_ops_coverage where items > 0 and share is not null order by measure",
    "lists": "from dim_military_list order by list_kind desc, list_name",
    "side_members": """
        select distinct country_code, country_name, side from dim_country where side is not null order by country_name
    """,
    "listed_bodies": """
        select count(*) as bodies from bi_body where side is not null and is_listed_today
    """,
}


@dataclass(frozen=True)
class Reading:
    """All rows that the pages show, by query, with lineage and verdict of the candidate."""

    lineage: Lineage
    verdict: Verdict
    rows: dict[str, Rows]

    def __getitem__(self, query: str) -> Rows:
        return self.rows[query]

    def of(self, query: str, **keys: Any) -> Rows:
        """The rows of a query that have these values."""
        return [row for row in self.rows[query] if all(row[name] == value for name, value in keys.items())]

    @cached_property
    def side_code(self) -> str:
        """The reporter that is side A as a whole, to which every joint paper belongs."""
        return next((str(row["reporter_code"]) for row in self["reporters"] if row["is_side_a"]), "")

    @cached_property
    def side_a_in_full(self) -> str:
        """`Europe (EU27, UK, Norway, Switzerland)`."""
        return next((str(row["reporter_name"]) for row in self["reporters"] if row["is_side_a"]), "Side A")

    @property
    def side_a(self) -> str:
        """Side A in a word."""
        return without_brackets(self.side_a_in_full)

    @cached_property
    def side_b(self) -> str:
        """Side B in a word."""
        return without_brackets(self.side_b_in_full)

    @cached_property
    def side_b_in_full(self) -> str:
        """As the group of the scope is named."""
        return str(self.rows["side_b"][0]["side_name"]) if self.rows["side_b"] else "Side B"

    @cached_property
    def countries(self) -> Rows:
        """Countries of side A."""
        return [row for row in self["reporters"] if row["reporter_kind"] == "country"]

    def not_placed(self, measure: str) -> float | None:
        """The share that a measure of mart_ops_coverage says cannot be placed; None: there is none."""
        return next((float(row["share"]) for row in self["coverage"] if row["measure"] == measure), None)

    def years_of(self, reporter: str) -> Rows:
        """A reporter's years, from the first to the last with joint papers of side A; zeros stay."""
        shown = self.shown_years
        found = self.of("years", reporter_code=reporter)
        return [row for row in found if shown and shown.first <= row["publication_year"] <= shown.last]

    @cached_property
    def shown_years(self) -> Years | None:
        """The first and the last year with joint papers; None: there are none."""
        years = [
            row["publication_year"] for row in self.of("years", reporter_code=self.side_code) if row["joint_papers"]
        ]
        return Years(min(years), max(years)) if years else None

    @cached_property
    def period(self) -> Years | None:
        """The years that levels speak of: the complete ones, or all when none is complete."""
        years = [row["publication_year"] for row in self["period"]]
        return Years(min(years), max(years)) if years else None

    @cached_property
    def is_complete(self) -> bool:
        """Whether the period has complete years alone."""
        return bool(self["period"]) and all(row["is_complete_year"] for row in self["period"])

    def total(self, reporter: str, column: str) -> int:
        """Sum of a column over the period."""
        return sum(row[column] or 0 for row in self.in_period(reporter))

    def in_period(self, reporter: str) -> Rows:
        """A reporter's years of the period."""
        chosen = {row["publication_year"] for row in self["period"]}
        return [row for row in self.of("years", reporter_code=reporter) if row["publication_year"] in chosen]

    @cached_property
    def joint_papers(self) -> int:
        """Joint papers of the period."""
        return self.total(self.side_code, "joint_papers")

    @property
    def is_enough_to_plot(self) -> bool:
        """Whether pictures would show more than accidents."""
        return self.joint_papers >= SMALL_CELL

    @property
    def may_be_compared_with_the_study(self) -> bool:
        """Only figures of OpenAlex itself, of the study's subject, say whether the study's still hold."""
        return self.lineage.data_origin == "openalex" and any(
            row["published_value"] is not None for row in self["headline"]
        )


def read(settings: Settings, run_id: str) -> Reading:
    """Read everything that the pages show.

    Raises:
        ContractError: lineage or verdict is missing or torn.
    """
    folder = settings.build_dir / run_id
    lineage = Lineage.load(folder / "lineage.json")
    verdict = Verdict.load(folder / "verdict.json")
    with marts_of(settings, folder / "marts", [table.name for table in lineage.tables]) as db:
        return Reading(lineage, verdict, read_rows(db))


def read_rows(db: duckdb.DuckDBPyConnection) -> dict[str, Rows]:
    """The rows of every query, of a connection that has the release's tables."""
    for sql in PREPARATION:
        db.execute(sql)
    found = {name: rows_of(db, sql) for name, sql in QUERIES.items()}
    found["period"] = rows_of(db, "from period order by publication_year")
    found["side_b"] = rows_of(db, "select distinct side_name from dim_country where side = 'side_b'")
    return found


@contextmanager
def marts_of(settings: Settings, folder: Path, tables: list[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with a view on the Parquet file of each table."""
    with connect(settings) as db:
        for table in tables:
            db.execute(f'create view "{table}" as from {read_parquet(folder / f"{table}.parquet")}')
        yield db


def rows_of(db: duckdb.DuckDBPyConnection, sql: str) -> Rows:
    """The rows of a query, as dictionaries."""
    found = db.execute(sql)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def grouped(rows: Rows, key: Callable[[Row], Any]) -> dict[Any, Rows]:
    """Rows by a key, in their order."""
    found: dict[Any, Rows] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found
