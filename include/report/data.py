"""What the page says, read from the candidate's marts and nowhere else."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from include.common.duck import connect
from include.common.sql import read_parquet
from include.contracts.candidate import Lineage, Verdict
from include.report.words import plain, without_brackets
from include.settings import Settings

# with fewer joint papers than a small cell, a plot shows accidents (`is_small_cell` of the marts)
ENOUGH_TO_PLOT = 25
MOST_COUNTRIES, MOST_FUNDERS, MOST_BODIES, MOST_PAIRS, MOST_TOPICS = 30, 10, 12, 15, 12

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Figure:
    """A row of mart_headline_figures."""

    figure_id: str
    section: str
    figure: str
    unit: str
    period: str
    published_value: float | None
    published_qualifier: str
    published_source: str
    computed_value: float | None
    difference: float | None
    relative_difference: float | None
    is_small_cell: bool
    is_computable: bool
    why_not_computable: str
    definition: str
    note: str


@dataclass(frozen=True)
class Definition:
    """A nested definition of a link, narrow to wide."""

    code: str
    order: int
    name: str


@dataclass(frozen=True)
class ReportData:
    """Everything on the page. Rows are drawn or tabled in their order; their keys are those of the SQL below."""

    lineage: Lineage
    verdict: Verdict
    side_a_in_full: str
    side_b_in_full: str
    figures: list[Figure]
    years: Rows
    countries: Rows
    funding_years: Rows
    funding_classes: Rows
    funders: Rows
    military: Rows
    definitions: list[Definition]
    bodies: Rows
    pairs: Rows
    topics: Rows
    lists: Rows
    # bodies on any list that are of either side: without one no paper can be linked
    listed_bodies: int

    @property
    def side_a(self) -> str:
        """Side A in a word."""
        return without_brackets(self.side_a_in_full)

    @property
    def side_b(self) -> str:
        """Side B in a word."""
        return without_brackets(self.side_b_in_full)

    @property
    def class_names(self) -> dict[str, str]:
        """Class of funders -> its name."""
        return {row["code"]: row["name"] for row in self.funding_classes}

    @property
    def joint_papers(self) -> int:
        """Joint papers over all years."""
        return int(sum(row["papers"] for row in self.years))

    @property
    def is_enough_to_plot(self) -> bool:
        """Whether plots would show more than accidents."""
        return self.joint_papers >= ENOUGH_TO_PLOT and len(self.years) > 1

    def figure(self, figure_id: str) -> Figure | None:
        """A figure that could be computed."""
        found = (one for one in self.figures if one.figure_id == figure_id and one.is_computable)
        return next(found, None)


# side A as a whole, to which every joint paper belongs
_SIDE_A = """
    select distinct reporter_code, reporter_name, partner_name from mart_copublication_trends where is_side_a
"""
_YEARS = """
    select publication_year as year, joint_papers as papers, share_of_reporter_papers as share_of_a,
        share_of_partner_papers as share_of_b, is_complete_year as is_complete
    from mart_copublication_trends
    where counting_method = 'full' and work_selection = 'all' and reporter_code = (select reporter_code from side_a)
        and publication_year between
            (select min(publication_year) from mart_copublication_trends where joint_papers > 0)
            and (select max(publication_year) from mart_copublication_trends where joint_papers > 0)
    order by year
"""
_COUNTRIES = f"""
    with years as (
        select min(publication_year) filter (is_complete_year) as first_year,
            max(publication_year) filter (is_complete_year) as last_year
        from mart_copublication_trends where joint_papers > 0
    )
    select reporter_code as code, reporter_name as name, sum(joint_papers) as papers,
        any_value(first_year) as first_year, any_value(last_year) as last_year,
        sum(joint_papers) filter (publication_year = last_year)
            / nullif(sum(joint_papers) filter (publication_year = first_year), 0) - 1 as growth,
        sum(joint_papers) / (select sum(papers) from ({_YEARS})) as share
    from mart_copublication_trends cross join years
    where counting_method = 'full' and work_selection = 'all' and not is_group
    group by reporter_code, reporter_name having papers > 0
    order by papers desc, code limit {MOST_COUNTRIES}
"""
_FUNDING_YEARS = """
    select years.year, coalesce(disclosed.papers, 0) / nullif(years.papers, 0) as disclosed_share,
        coalesce(partner.papers, 0) / disclosed.papers as partner_share, years.papers as joint_papers
    from years
    left join (from funding where level = 'any') as disclosed using (year)
    left join (
        from funding where level = 'side' and funder_class in (select partner_code from mart_copublication_trends)
    ) as partner using (year)
    order by year
"""
_FUNDING_CLASSES = """
    select funder_class as code, any_value(funder_name) as name, sum(papers) as papers,
        sum(papers) / (select sum(papers) from funding where level = 'any') as share
    from funding where level = 'class' group by funder_class order by papers desc, code
"""
_FUNDERS = f"""
    select funder_id as id, any_value(funder_name) as name, any_value(funder_class) as class, sum(papers) as papers,
        sum(papers) / (select sum(papers) from funding where level = 'any') as share
    from funding where level = 'funder' group by funder_id order by papers desc, id limit {MOST_FUNDERS}
"""
_MILITARY = """
    with cells as (
        select year, papers as joint_papers, definition_code, definition_order, listing_basis
        from years cross join (select distinct definition_code, definition_order from mart_military_links)
        cross join (values ('today'), ('at_publication')) as bases (listing_basis)
    ),
    links as (
        select publication_year as year, definition_code, listing_basis, military_linked_papers
        from mart_military_links
        where dimension = 'all' and reporter_code = (select reporter_code from side_a)
    )
    select year, definition_code as definition, definition_order, listing_basis as basis,
        coalesce(military_linked_papers, 0) as papers,
        coalesce(military_linked_papers, 0) / nullif(joint_papers, 0) as share
    from cells left join links using (year, definition_code, listing_basis)
    order by listing_basis, definition_order, year
"""
_BODIES = f"""
    select dimension_id as id, any_value(dimension_name) as name, sum(military_linked_papers) as papers,
        any_value(narrowest) as definition
    from mart_military_links
    join (
        select dimension_id, min_by(definition_code, definition_order) as narrowest
        from mart_military_links where dimension = 'body' group by all
    ) using (dimension_id)
    where dimension = 'body' and listing_basis = 'today' and reporter_code = (select reporter_code from side_a)
        and definition_order = (select max(definition_order) from mart_military_links)
    group by dimension_id order by papers desc, id limit {MOST_BODIES}
"""
_PAIRS = f"""
    select institution_a_name as a, institution_a_country_code as a_country, institution_b_name as b,
        any_value(joint_papers_all_years) as papers, any_value(rank_in_country_a) as rank_in_country
    from mart_institution_pairs
    group by institution_a_id, institution_b_id, a, a_country, b
    order by papers desc, institution_a_id, institution_b_id limit {MOST_PAIRS}
"""
_TOPICS = f"""
    select topic_id as id, any_value(topic_name) as name, bool_or(is_sensitive_topic) as is_named,
        sum(joint_papers) as papers, sum(joint_papers) / (select sum(papers) from years) as share
    from mart_topic_collaboration
    where level = 'topic' and reporter_code = (select reporter_code from side_a)
    group by topic_id
    -- topics that the study names are shown whatever their size
    qualify row_number() over (order by papers desc, id) <= {MOST_TOPICS} or is_named
    order by papers desc, id
"""
_LISTS = """
    select list_name as name, publisher, list_kind as kind, source_url as url, as_of_date as as_of
    from dim_military_list order by list_kind desc, list_name
"""

_LISTED_BODIES = """
    select count(*) as bodies from dim_military_body
    where country_code in (select country_code from dim_country_group where contains(scope_role, 'side_'))
"""

# what the queries below look up; temporary, so that a read-only release can be asked too
PREPARATION = (
    f"create temp table side_a as {_SIDE_A}",
    f"create temp table years as {_YEARS}",
    """
    create temp view funding as
    select publication_year as year, * from mart_funding_sources
    where reporter_code = (select reporter_code from side_a)
    """,
)
# field of ReportData -> its rows
QUERIES = {
    "years": "from years order by year",
    "countries": _COUNTRIES,
    "funding_years": _FUNDING_YEARS,
    "funding_classes": _FUNDING_CLASSES,
    "funders": _FUNDERS,
    "military": _MILITARY,
    "bodies": _BODIES,
    "pairs": _PAIRS,
    "topics": _TOPICS,
    "lists": _LISTS,
}


def read_report_data(settings: Settings, run_id: str) -> ReportData:
    """Read everything that the page shows.

    Raises:
        ContractError: lineage or verdict is missing or torn.
    """
    folder = settings.build_dir / run_id
    lineage = Lineage.load(folder / "lineage.json")
    verdict = Verdict.load(folder / "verdict.json")
    with connect(settings) as db:
        for table in lineage.tables:
            file = folder / "marts" / f"{table.name}.parquet"
            db.execute(f'create view "{table.name}" as from {read_parquet(file)}')
        for sql in PREPARATION:
            db.execute(sql)
        has_lists = any(table.name == "dim_military_list" for table in lineage.tables)
        rows = {name: _rows(db, sql) for name, sql in QUERIES.items() if name != "lists" or has_lists}
        names = _rows(db, "from side_a")[0] if _rows(db, "from side_a") else {}
        return ReportData(
            lineage=lineage,
            verdict=verdict,
            side_a_in_full=names.get("reporter_name", "Side A"),
            side_b_in_full=names.get("partner_name", "Side B"),
            figures=_figures(db),
            years=rows["years"],
            countries=rows["countries"],
            funding_years=rows["funding_years"],
            funding_classes=rows["funding_classes"],
            funders=rows["funders"],
            military=rows["military"],
            definitions=_definitions(db, settings),
            bodies=rows["bodies"],
            pairs=rows["pairs"],
            topics=rows["topics"],
            lists=rows.get("lists", []),
            listed_bodies=_rows(db, _LISTED_BODIES)[0]["bodies"],
        )


def _rows(db: duckdb.DuckDBPyConnection, sql: str) -> Rows:
    found = db.execute(sql)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _figures(db: duckdb.DuckDBPyConnection) -> list[Figure]:
    columns = ", ".join(Figure.__dataclass_fields__)
    return [Figure(**row) for row in _rows(db, f"select {columns} from mart_headline_figures order by figure_order")]


def _definitions(db: duckdb.DuckDBPyConnection, settings: Settings) -> list[Definition]:
    names = _definition_names(settings.seeds / "military_definitions.csv")
    codes = "select distinct definition_code as code, definition_order as o from mart_military_links order by o"
    return [Definition(row["code"], row["o"], names.get(row["code"], plain(row["code"]))) for row in _rows(db, codes)]


def _definition_names(seed: Path) -> dict[str, str]:
    with seed.open(newline="", encoding="utf-8") as handle:
        return {row["definition_code"]: row["definition_name"] for row in csv.DictReader(handle)}
