"""What gate 3 checks: a registry. Each check has one plain sentence, a severity, and SQL over the candidate's tables.

In the SQL stand the candidate's tables under their own names, `previous.<table>` for the newest release of the same
source and scope, and the small tables that `metrics.py` makes: `run` (one row: the lineage), `candidate_tables`,
`previous_tables`, `batches` and `typed_works` (the typed zone), `group_members` (groups of the scope) and
`seed_figures` (figures that must be there).

A check that cannot be computed has failed: a missing table or column is no reason to publish.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["fail", "warn"]
Group = Literal["completeness", "ranges", "sums", "nesting", "keys", "drift", "coverage"]
Applies = Literal["always", "with_joint_papers", "with_enough_papers", "with_listed_bodies", "with_previous"]

MARTS = (
    "mart_copublication_trends",
    "mart_institution_pairs",
    "mart_funding_sources",
    "mart_funding_coverage",
    "mart_funder_institutions",
    "mart_military_links",
    "mart_military_funding",
    "mart_topic_collaboration",
    "mart_headline_figures",
)

# a handful of joint papers may well have no funder and no listed body; from here on their absence is a fault
ENOUGH_PAPERS = 100
# below these shares of the joint papers, something upstream is missing rather than small
FUNDING_FLOOR, TOPIC_FLOOR, TOTALS_FLOOR = 0.10, 0.95, 0.95
# sums of fractions differ in the last bits with the order of adding
TOLERANCE = 1e-9
# selections that ask who of the reporter stands where: a group holds papers there that some of its members do not
BY_REPORTER = "('without_dual_affiliations', 'first_author_reporter', 'corresponding_author_reporter')"

# more joint papers than papers: full counts, which are whole numbers on both sides
_CONTRADICTED = "counting_method = 'full' and (joint_papers > reporter_papers or joint_papers > partner_papers)"


@dataclass(frozen=True)
class AuditCheck:
    """One check. Either `breaking` selects the rows that break it (expected: none), or `value` gives one number.

    `table` is the table that it speaks of; `applies` says when there is something to check.
    """

    check_id: str
    severity: Severity
    group: Group
    table: str
    sentence: str
    breaking: str = ""
    value: str = ""
    at_least: float | None = None
    applies: Applies = "always"

    @property
    def metric(self) -> str:
        """SQL of the one number that is judged."""
        return self.value or f"select count(*) from ({self.breaking})"

    @property
    def expected(self) -> str:
        """What passes, in words."""
        return f"at least {self.at_least:g}" if self.at_least is not None else "no rows that break it"


# the figures stand there even when none can be computed, and the years with any joint paper; side B may have no body on
# any list
_EMPTY_UNLESS: dict[str, Applies] = {
    "mart_headline_figures": "always",
    "mart_copublication_trends": "with_joint_papers",
    "mart_military_links": "with_listed_bodies",
    "mart_military_funding": "with_listed_bodies",
}


def _non_empty(mart: str) -> AuditCheck:
    return AuditCheck(
        f"{mart}_not_empty",
        "fail",
        "completeness",
        mart,
        f"{mart} has rows.",
        value=f"select count(*) from {mart}",
        at_least=1,
        applies=_EMPTY_UNLESS.get(mart, "with_enough_papers"),
    )


def grain_check(table: str, grain: str) -> AuditCheck:
    """The stated grain of `table` identifies its rows."""
    return AuditCheck(
        f"{table}_grain_unique",
        "fail",
        "keys",
        table,
        f"{table} has one row for each ({grain}), and no part of it is empty.",
        breaking=f"""
            select {grain}, count(*) as rows from {table} group by all
            having count(*) > 1 or {" or ".join(f"{column} is null" for column in grain.split(","))}
        """,
    )


def range_checks(table: str, columns: list[tuple[str, str]]) -> list[AuditCheck]:
    """Shares lie in [0, 1] and counts are not negative; `columns` are (name, type) of `table`."""
    shares = [name for name, _ in columns if name.startswith("share_of_") or name.endswith("_share")]
    counts = [name for name, _ in columns if name.endswith("papers") and not name.startswith("share_of_")]
    found = []
    if shares:
        tests = (f"{one} < 0 or {one} > 1 + {TOLERANCE} or isnan({one})" for one in shares)
        found.append(
            AuditCheck(
                f"{table}_shares_in_range",
                "fail",
                "ranges",
                table,
                f"Every share in {table} lies between 0 and 1 ({', '.join(shares)}).",
                breaking=f"select * from {table} where {' or '.join(tests)}",
            )
        )
    if counts:
        found.append(
            AuditCheck(
                f"{table}_counts_not_negative",
                "fail",
                "ranges",
                table,
                f"No count in {table} is negative ({', '.join(counts)}).",
                breaking=f"select * from {table} where {' or '.join(f'{one} < 0' for one in counts)}",
            )
        )
    return found


def orphan_check(fact: str, key: str, dimension: str, dimension_key: str) -> AuditCheck:
    """Every `fact.key` that is filled stands in `dimension`."""
    return AuditCheck(
        f"{fact}_{key}_known",
        "fail",
        "keys",
        fact,
        f"Every {key} in {fact} stands in {dimension}.",
        breaking=f"""
            select distinct fact.{key} from {fact} as fact
            anti join {dimension} as dimension on dimension.{dimension_key} = fact.{key} where fact.{key} is not null
        """,
    )


COMPLETENESS = [
    *(_non_empty(mart) for mart in MARTS),
    AuditCheck(
        "works_reconcile",
        "fail",
        "completeness",
        "fct_works",
        "Every record of a work that came in is loaded, in quarantine, replaced by a later version, or of a work that "
        "vanished; and the works loaded are those of fct_works.",
        breaking="""
            select works_in, records_typed, works_quarantined, works_loaded, works_replaced, works_vanished,
                (select count(*) from fct_works) as in_facts
            from run cross join (
                select coalesce(sum(records_typed), 0) as records_typed from batches where entity = 'works'
            )
            where works_in <> records_typed + works_quarantined or works_loaded <> in_facts
                or works_in <> works_loaded + works_quarantined + works_replaced + works_vanished
        """,
    ),
    AuditCheck(
        "typed_works_loaded",
        "fail",
        "completeness",
        "fct_works",
        "Every work of the typed batches stands in fct_works, and no other.",
        breaking="""
            select coalesce(typed_works.work_id, fct_works.work_id) as work_id,
                typed_works.work_id is not null as is_typed
            from typed_works full join fct_works on typed_works.work_id = fct_works.work_id
            where typed_works.work_id is null or fct_works.work_id is null
        """,
    ),
    AuditCheck(
        "joint_papers_counted",
        "fail",
        "completeness",
        "mart_copublication_trends",
        "The joint papers of all years are those of fct_works.",
        breaking="""
            with years as (
                select max(all_joint_papers) as papers from mart_copublication_trends group by publication_year
            ),
            counted as (select coalesce(sum(papers), 0) as in_trends from years)
            select in_trends, (select count(*) from fct_works where is_joint) as in_facts
            from counted where in_trends <> in_facts
        """,
    ),
    AuditCheck(
        "files_as_exported",
        "fail",
        "completeness",
        "candidate",
        "The candidate's files are those that the export wrote.",
        breaking="select table_name from candidate_tables where sha256 is distinct from sha256_now",
    ),
    AuditCheck(
        "headline_figures_present",
        "fail",
        "completeness",
        "mart_headline_figures",
        "Every figure of the study has its row.",
        breaking="""
            select figure_id from seed_figures where figure_id not in (select figure_id from mart_headline_figures)
        """,
    ),
    AuditCheck(
        "headline_figures_computed",
        "fail",
        "completeness",
        "mart_headline_figures",
        "A figure that can be computed has a value.",
        breaking="""
            select figure_id, computed_value from mart_headline_figures
            where is_computable is null or (is_computable and (computed_value is null or not isfinite(computed_value)))
        """,
    ),
    AuditCheck(
        "origin_unmixed",
        "fail",
        "completeness",
        "mart_headline_figures",
        "All data has one origin: OpenAlex, recorded or synthetic, never a mixture.",
        breaking="""
            select 'batch ' || batch_id as part, data_origin from batches
            where data_origin <> (select data_origin from run)
            union all
            select 'figure ' || figure_id, data_origin from mart_headline_figures
            where data_origin is distinct from (select data_origin from run)
        """,
    ),
]

SUMS = [
    AuditCheck(
        "countries_within_whole",
        "fail",
        "sums",
        "mart_copublication_trends",
        "No country or group has more joint papers in a year than all of side A together.",
        breaking=f"""
            select reporter_code, publication_year, counting_method, joint_papers, all_joint_papers
            from mart_copublication_trends where joint_papers > all_joint_papers * (1 + {TOLERANCE})
        """,
    ),
    AuditCheck(
        "whole_is_side_a",
        "fail",
        "sums",
        "mart_copublication_trends",
        "The joint papers of a year, against which shares are taken, are those of side A.",
        breaking="""
            select publication_year, max(all_joint_papers) as whole,
                max(joint_papers) filter (is_side_a) as of_side_a
            from mart_copublication_trends where counting_method = 'full' and work_selection = 'all'
            group by publication_year
            having whole is distinct from of_side_a or min(all_joint_papers) <> whole
        """,
    ),
    AuditCheck(
        "groups_between_members",
        "fail",
        "sums",
        "mart_copublication_trends",
        "A group has at least the papers of its largest member and at most those of all its members (full count).",
        breaking="""
            select g.reporter_code, g.publication_year, any_value(g.joint_papers) as joint_papers,
                coalesce(max(m.joint_papers), 0) as largest_member, coalesce(sum(m.joint_papers), 0) as members_together
            from mart_copublication_trends g
            join group_members on group_members.group_code = g.reporter_code
            left join mart_copublication_trends m on m.reporter_code = group_members.country_code
                and m.publication_year = g.publication_year and m.counting_method = g.counting_method
                and m.work_selection = g.work_selection
            where g.is_group and g.counting_method = 'full'
            group by g.reporter_code, g.publication_year, g.work_selection
            having any_value(g.joint_papers) not between largest_member and members_together
        """,
    ),
    AuditCheck(
        "group_credit_is_sum",
        "fail",
        "sums",
        "mart_copublication_trends",
        "A group's fractional credit is the sum of its members', or more where a selection asks for its authors.",
        breaking=f"""
            select g.reporter_code, g.publication_year, any_value(g.joint_papers) as credit,
                coalesce(sum(m.joint_papers), 0) as members_together
            from mart_copublication_trends g
            join group_members on group_members.group_code = g.reporter_code
            left join mart_copublication_trends m on m.reporter_code = group_members.country_code
                and m.publication_year = g.publication_year and m.counting_method = g.counting_method
                and m.work_selection = g.work_selection
            where g.is_group and g.counting_method <> 'full'
            group by g.reporter_code, g.publication_year, g.counting_method, g.work_selection
            having members_together - credit > {TOLERANCE} * greatest(1, credit)
                or g.work_selection not in {BY_REPORTER}
                and credit - members_together > {TOLERANCE} * greatest(1, credit)
        """,
    ),
    AuditCheck(
        "fractional_credit_is_one",
        "fail",
        "sums",
        "fct_work_countries",
        "The fractional credits of a work add up to 1 over its countries, the unknown one (ZZ) included.",
        breaking=f"""
            select work_id, sum(credit) as credits, sum(credit_by_affiliation) as by_affiliation,
                sum(credit_by_country) as by_country
            from fct_work_countries group by work_id
            having not coalesce(
                greatest(abs(credits - 1), abs(by_affiliation - 1), abs(by_country - 1)) <= {TOLERANCE}, false
            )
        """,
    ),
    AuditCheck(
        "selections_within_all",
        "fail",
        "sums",
        "mart_copublication_trends",
        "No selection of works has more papers or credit than all works.",
        breaking=f"""
            select s.reporter_code, s.publication_year, s.counting_method, s.work_selection, s.joint_papers,
                w.joint_papers as of_all
            from mart_copublication_trends s
            left join mart_copublication_trends w on w.work_selection = 'all' and w.reporter_code = s.reporter_code
                and w.publication_year = s.publication_year and w.counting_method = s.counting_method
            where not coalesce(s.joint_papers <= w.joint_papers * (1 + {TOLERANCE}), false)
        """,
    ),
    AuditCheck(
        "joint_within_totals",
        "fail",
        "sums",
        "mart_copublication_trends",
        f"In complete years, {ENOUGH_PAPERS} joint papers or more are no more than all papers of either side.",
        breaking=f"""
            select reporter_code, publication_year, joint_papers, reporter_papers, partner_papers
            from mart_copublication_trends
            where is_complete_year and joint_papers >= {ENOUGH_PAPERS} and {_CONTRADICTED}
        """,
    ),
    AuditCheck(
        "small_or_running_cells_within_totals",
        "warn",
        "sums",
        "mart_copublication_trends",
        "Nor are they elsewhere; where they are, the share is empty and marked (works and totals come on two days).",
        breaking=f"""
            select reporter_code, publication_year, joint_papers, reporter_papers, partner_papers
            from mart_copublication_trends
            where not (is_complete_year and joint_papers >= {ENOUGH_PAPERS}) and {_CONTRADICTED}
        """,
    ),
    AuditCheck(
        "contradicted_shares_marked",
        "fail",
        "sums",
        "mart_copublication_trends",
        "A share of all papers is empty where joint papers are more than these, and says so.",
        breaking="""
            with full_counts as (
                from mart_copublication_trends where counting_method = 'full' and work_selection = 'all'
            ),
            shares as (
                select reporter_code, publication_year, joint_papers, reporter_papers as all_papers,
                    share_of_reporter_papers as share, reporter_share_basis as basis
                from full_counts
                union all
                select reporter_code, publication_year, joint_papers, partner_papers, share_of_partner_papers,
                    partner_share_basis
                from full_counts
            )
            select * from shares where all_papers is not null and (
                (basis is not distinct from 'contradicted') <> (joint_papers > all_papers)
                or (share is null) <> (joint_papers > all_papers or all_papers = 0)
            )
        """,
    ),
    AuditCheck(
        "funded_within_joint",
        "fail",
        "sums",
        "mart_funding_sources",
        "Papers that disclose funding are no more than the joint papers, and those of a funder no more than those.",
        breaking="""
            select reporter_code, publication_year, level, funder_id, papers, papers_with_funding, joint_papers
            from mart_funding_sources where papers > papers_with_funding or papers_with_funding > joint_papers
                or (level = 'any' and papers <> papers_with_funding)
        """,
    ),
    AuditCheck(
        "funders_within_class",
        "fail",
        "sums",
        "mart_funding_sources",
        "A funder has no more papers than its class, a class than all funders, and both sides together than either.",
        breaking="""
            with classes as (from mart_funding_sources where level = 'class')
            select f.reporter_code, f.publication_year, f.funder_id, f.papers, c.papers as class_papers
            from mart_funding_sources f
            left join classes c using (reporter_code, publication_year, funder_class)
            where f.level = 'funder' and not coalesce(f.papers <= c.papers, false)
            union all
            select c.reporter_code, c.publication_year, c.funder_class, c.papers, w.papers
            from classes c
            left join mart_funding_sources w
                on w.level = 'any'
                and w.reporter_code = c.reporter_code and w.publication_year = c.publication_year
            where not coalesce(c.papers <= w.papers, false)
            union all
            select j.reporter_code, j.publication_year, s.funder_class, j.papers, s.papers
            from mart_funding_sources j
            join mart_funding_sources s on s.level = 'side'
                and s.reporter_code = j.reporter_code and s.publication_year = j.publication_year
            where j.level = 'joint' and j.papers > s.papers
        """,
    ),
    AuditCheck(
        "funding_counts_joint_papers",
        "fail",
        "sums",
        "mart_funding_sources",
        "The joint papers beside the funders are those of the trends.",
        breaking="""
            select distinct f.reporter_code, f.publication_year, f.joint_papers, t.joint_papers as in_trends
            from mart_funding_sources f
            left join mart_copublication_trends t on t.reporter_code = f.reporter_code
                and t.publication_year = f.publication_year and t.counting_method = 'full' and t.work_selection = 'all'
            where f.joint_papers is distinct from t.joint_papers
        """,
    ),
    AuditCheck(
        "funding_coverage_adds_up",
        "fail",
        "sums",
        "mart_funding_coverage",
        "Papers by publisher, and by type of source, add up to all, and those are the ones beside the funders.",
        breaking="""
            with sums as (
                select reporter_code, publication_year, dimension, sum(joint_papers) as papers,
                    sum(papers_with_funding) as funded
                from mart_funding_coverage group by all
            )
            select s.reporter_code, s.publication_year, s.dimension, s.papers, s.funded, w.papers as all_papers,
                w.funded as all_funded, f.papers as in_sources
            from sums s
            left join (from sums where dimension = 'all') w using (reporter_code, publication_year)
            left join (from mart_funding_sources where level = 'any') f using (reporter_code, publication_year)
            where not coalesce(s.papers = w.papers and s.funded = w.funded and s.funded = coalesce(f.papers, 0), false)
        """,
    ),
    AuditCheck(
        "military_within_joint",
        "fail",
        "sums",
        "mart_military_links",
        "Papers linked to listed bodies are no more than the joint papers beside them.",
        breaking="""
            select reporter_code, publication_year, definition_code, dimension_id, military_linked_papers, joint_papers
            from mart_military_links where not coalesce(military_linked_papers <= joint_papers, false)
        """,
    ),
    AuditCheck(
        "hospitals_within_military",
        "fail",
        "sums",
        "mart_military_links",
        "Linked papers are at least those without hospitals, and no more than those with them.",
        breaking="""
            select reporter_code, publication_year, definition_code, dimension_id, papers_without_hospitals,
                military_linked_papers, papers_with_hospitals
            from mart_military_links where not coalesce(
                papers_without_hospitals <= military_linked_papers
                and military_linked_papers <= papers_with_hospitals and papers_with_hospitals <= joint_papers, false
            )
        """,
    ),
    AuditCheck(
        "military_funding_is_of_linked_papers",
        "fail",
        "sums",
        "mart_military_funding",
        "The joint table's linked papers are those of mart_military_links, and no class pays for more than are funded.",
        breaking="""
            select f.reporter_code, f.publication_year, f.definition_code, f.listing_basis, f.funder_class, f.papers,
                f.military_linked_papers, m.military_linked_papers as in_links
            from mart_military_funding f
            left join (from mart_military_links where dimension = 'all') m
                using (reporter_code, publication_year, definition_code, listing_basis)
            where f.military_linked_papers is distinct from m.military_linked_papers
                or not coalesce(f.papers <= f.linked_papers_with_funding and f.papers <= f.papers_of_class, false)
        """,
    ),
    AuditCheck(
        "military_counts_joint_papers",
        "fail",
        "sums",
        "mart_military_links",
        "The joint papers beside the links are those of the trends.",
        breaking="""
            select distinct m.reporter_code, m.publication_year, m.joint_papers, t.joint_papers as in_trends
            from mart_military_links m
            left join mart_copublication_trends t on t.reporter_code = m.reporter_code
                and t.publication_year = m.publication_year and t.counting_method = 'full' and t.work_selection = 'all'
            where m.dimension = 'all' and m.joint_papers is distinct from t.joint_papers
        """,
    ),
    AuditCheck(
        "topics_within_joint",
        "fail",
        "sums",
        "mart_topic_collaboration",
        "The topics of a reporter's joint papers add up to no more than these, and to the same as its subfields.",
        breaking="""
            select reporter_code, publication_year, max(reporter_joint_papers) as joint_papers,
                sum(joint_papers) filter (level = 'topic') as topics,
                sum(joint_papers) filter (level = 'subfield') as subfields
            from mart_topic_collaboration group by reporter_code, publication_year
            having topics is distinct from subfields or topics > max(reporter_joint_papers)
        """,
    ),
    AuditCheck(
        "pairs_add_up",
        "fail",
        "sums",
        "mart_institution_pairs",
        "A pair's papers over all years are the sum of its years, and no year has more than the joint papers.",
        breaking="""
            with years as (
                select publication_year, max(all_joint_papers) as joint_papers
                from mart_copublication_trends group by all
            )
            select institution_a_id, institution_b_id, max(joint_papers_all_years) as all_years,
                sum(p.joint_papers) as sum_of_years
            from mart_institution_pairs p left join years using (publication_year)
            group by all
            having all_years <> sum(p.joint_papers) or min(joint_papers_all_years) <> all_years
                or not coalesce(bool_and(p.joint_papers <= years.joint_papers), false)
        """,
    ),
]

NESTING = [
    AuditCheck(
        "definitions_nest",
        "fail",
        "nesting",
        "mart_military_links",
        "Each definition holds at least the papers of the narrower one, for every reporter, year and basis.",
        # a cell without linked papers has no row, so the cells are laid out first
        breaking="""
            with definitions as (select distinct definition_code, definition_order from mart_military_links),
            wholes as (from mart_military_links where dimension = 'all'),
            cells as (select distinct reporter_code, publication_year, listing_basis from wholes)
            select reporter_code, publication_year, listing_basis, definition_code,
                coalesce(military_linked_papers, 0) as papers, lag(papers) over narrower as narrower_papers
            from cells cross join definitions
            left join wholes using (reporter_code, publication_year, listing_basis, definition_code)
            window narrower as (
                partition by reporter_code, publication_year, listing_basis order by definitions.definition_order
            )
            qualify papers < narrower_papers
        """,
    ),
    AuditCheck(
        "bodies_within_definition",
        "fail",
        "nesting",
        "mart_military_links",
        "A body or topic has no more linked papers than all of its definition.",
        breaking="""
            select part.reporter_code, part.publication_year, part.definition_code, part.dimension_id,
                part.military_linked_papers, whole.military_linked_papers as whole
            from mart_military_links part
            left join (from mart_military_links where dimension = 'all') whole
                using (reporter_code, publication_year, definition_code, listing_basis)
            where part.dimension <> 'all'
                and not coalesce(part.military_linked_papers <= whole.military_linked_papers, false)
        """,
    ),
]


# all joint papers, year by year
_WHOLES = "select max(all_joint_papers) as papers from mart_copublication_trends group by publication_year"
# the whole of side A, in a year, as the funding and topic marts have it
_SIDE_A = """
    select publication_year, reporter_code
    from mart_copublication_trends where is_side_a and counting_method = 'full' and work_selection = 'all'
"""

COVERAGE = [
    AuditCheck(
        "funding_disclosed",
        "warn",
        "coverage",
        "mart_funding_sources",
        f"At least {FUNDING_FLOOR:.0%} of the joint papers disclose funding.",
        value=f"""
            with whole as ({_WHOLES}),
            funded as (
                select papers from mart_funding_sources join ({_SIDE_A}) using (publication_year, reporter_code)
                where level = 'any'
            )
            select coalesce((select sum(papers) from funded), 0) / (select sum(papers) from whole)
        """,
        at_least=FUNDING_FLOOR,
        applies="with_enough_papers",
    ),
    AuditCheck(
        "topics_known",
        "warn",
        "coverage",
        "mart_topic_collaboration",
        f"At least {TOPIC_FLOOR:.0%} of the joint papers have a primary topic.",
        value=f"""
            with whole as ({_WHOLES}),
            known as (
                select joint_papers from mart_topic_collaboration
                join ({_SIDE_A}) using (publication_year, reporter_code) where level = 'topic'
            )
            select coalesce((select sum(joint_papers) from known), 0) / (select sum(papers) from whole)
        """,
        at_least=TOPIC_FLOOR,
        applies="with_enough_papers",
    ),
    AuditCheck(
        "totals_known",
        "warn",
        "coverage",
        "mart_copublication_trends",
        f"At least {TOTALS_FLOOR:.0%} of the rows with joint papers have the totals that shares are taken of.",
        value="""
            select avg((reporter_papers is not null and partner_papers is not null)::int)
            from mart_copublication_trends
            where counting_method = 'full' and work_selection = 'all' and joint_papers > 0
        """,
        at_least=TOTALS_FLOOR,
        applies="with_enough_papers",
    ),
]

FIXED_CHECKS = (*COMPLETENESS, *SUMS, *NESTING, *COVERAGE)

# fact, key, dimension, its key
FOREIGN_KEYS = (
    ("fct_works", "primary_topic_id", "dim_topic", "topic_id"),
    ("fct_work_countries", "work_id", "fct_works", "work_id"),
    ("fct_work_countries", "country_code", "dim_country", "country_code"),
    ("fct_work_institutions", "work_id", "fct_works", "work_id"),
    ("fct_work_institutions", "institution_id", "dim_institution", "institution_id"),
    ("fct_work_funding", "work_id", "fct_works", "work_id"),
    ("fct_work_funding", "funder_id", "dim_funder", "funder_id"),
    ("fct_work_awards", "work_id", "fct_works", "work_id"),
    ("fct_work_awards", "funder_id", "dim_funder", "funder_id"),
    ("mart_funder_institutions", "institution_id", "dim_institution", "institution_id"),
    ("fct_work_military_links", "work_id", "fct_works", "work_id"),
    ("fct_work_military_links", "body_id", "dim_military_body", "body_id"),
)
