"""Every check of gate 3 passes on a sound candidate, and each can fail: a fault is put in, and the check sees it.

All faults are put into one connection, one after another: a table is replaced by what a query makes of it (`it`), the
check is asked, and the table is put back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pytest

from include.audit.counts import breaking_rows
from include.audit.judge import judge
from include.audit.metrics import Metric, compute, reasons_to_skip
from include.audit.registry import load_checks
from include.audit.suites import TableSuite, load_suites, table_suites
from include.audit.tables import make_helpers, opened, years_of_scope
from include.audit.thresholds import load_thresholds
from include.common.sql import quoted
from include.contracts.candidate import CandidateTable, Lineage
from tests.unit.audit.conftest import RUN
from tests.unit.candidates import test_settings

THRESHOLDS = load_thresholds()
CHECKS = {check.check_id: check for check in load_checks(THRESHOLDS)}
SUITES = load_suites()


@dataclass
class Audited:
    """The connection of one candidate, in which tables are replaced and put back."""

    db: duckdb.DuckDBPyConnection
    tables: dict[str, TableSuite]

    @contextmanager
    def with_fault(self, table: str, sql: str) -> Iterator[None]:
        """`table` as `sql` makes it, of `it`."""
        schema, name = table.split(".") if "." in table else ("main", table)
        kinds = "select table_type from information_schema.tables where table_schema = ? and table_name = ?"
        ((kind,),) = self.db.execute(kinds, [schema, name]).fetchall()
        what = "view" if kind == "VIEW" else "table"
        # a copy: a view of a view follows it when it is renamed
        self.db.execute(f"create temp table it as from {table}")
        self.db.execute(f"alter {what} {table} rename to {name}_aside")
        self.db.execute(f"create table {table} as {sql}")
        make_helpers(self.db)
        try:
            yield
        finally:
            self.db.execute(f"drop table {table}")
            self.db.execute(f"alter {what} {schema}.{name}_aside rename to {name}")
            self.db.execute("drop table it")

    def metric(self, check_id: str) -> Metric:
        (found,) = compute(self.db, [CHECKS[check_id]], reasons_to_skip(self.db, THRESHOLDS))
        return found

    def broken(self) -> set[str]:
        """Ids of the checks in SQL that do not pass."""
        reasons = reasons_to_skip(self.db, THRESHOLDS)
        return {
            metric.check.check_id for metric in compute(self.db, list(CHECKS.values()), reasons) if not metric.passed
        }

    def unmet(self, table: str) -> dict[str, set[str]]:
        """Check id -> what its expectations say that does not hold, of a table's suite; counted in DuckDB."""
        suite = self.tables[table]
        counts = breaking_rows(self.db, suite)
        found: dict[str, set[str]] = {}
        for one in suite.expectations:
            expected = one.arguments["min_value"] if one.is_of_row_count else 0
            if counts[one.says] != expected:
                found.setdefault(one.check_id, set()).add(one.says)
        return found


@pytest.fixture(scope="module")
def audited(passing_home: Path) -> Iterator[Audited]:
    settings = test_settings(passing_home)
    lineage = Lineage.load(settings.build_dir / RUN / "lineage.json")
    with opened(settings, lineage, THRESHOLDS, SUITES) as db:
        reasons = reasons_to_skip(db, THRESHOLDS)
        tables = table_suites(SUITES, lineage.tables, reasons, THRESHOLDS | years_of_scope(db))
        yield Audited(db, {suite.table.name: suite for suite in tables})


def first(condition: str, change: str) -> str:
    """SQL: the table with `change` made to the first row that meets `condition`."""
    column, value = (part.strip() for part in change.split("=", 1))
    numbered = "select *, row_number() over () as number from it"
    chosen = f"number = (select min(number) from ({numbered}) where {condition})"
    return f"select * exclude (number) replace (if({chosen}, {value}, {column}) as {column}) from ({numbered})"


TRENDS, MONTHLY, RELATIONS = "mart_copublication_trends", "mart_copublication_monthly", "mart_country_relations"
FUNDING, COVERED, RECEIVING = "mart_funding_sources", "mart_funding_coverage", "mart_funder_institutions"
MILITARY, JOINT_TABLE = "mart_military_links", "mart_military_funding"
TOPICS, PAIRS, FIGURES = "mart_topic_collaboration", "mart_institution_pairs", "mart_headline_figures"
FULL = "counting_method = 'full' and work_selection = 'all'"

SOME_TOTALS_GONE = "select * replace (if(hash(reporter_code) % 3 = 0, null, partner_papers) as partner_papers) from it"

LINKED_TO_PLA = "narrowest_definition_code = 'strict_pla'"

# check, table, what is done to it
FAULTS = [
    # completeness
    ("works_reconcile", "fct_works", "from it where work_id <> 'W7'"),
    ("works_reconcile", "run", "select * replace (works_quarantined + 1 as works_quarantined) from it"),
    ("works_reconcile", "run", "select * replace (1 as works_replaced) from it"),
    ("works_reconcile", "run", "select * replace (1 as works_vanished) from it"),
    ("typed_works_loaded", "fct_works", "from it where work_id <> 'W7'"),
    ("typed_works_loaded", "typed.works", "from it where work_id <> 'W7'"),
    ("typed_rows_as_told", "typed.work_funders", "from it limit 5"),
    ("typed_rows_as_told", "typed.quarantine", "from it limit 0"),
    ("joint_papers_counted", TRENDS, "from it where publication_year <> 2020"),
    ("files_as_exported", "candidate_tables", first("true", "sha256_now = null")),
    ("reference_as_built", "reference_files", first("true", "sha256_now = 'another'")),
    ("tables_are_covered", "suites", f"from it where table_name <> '{RECEIVING}'"),
    ("tables_are_covered", "candidate_tables", f"from it where table_name <> '{RECEIVING}'"),
    ("headline_figures_present", FIGURES, "from it where figure_id <> 'cn_funded_share'"),
    ("headline_figures_present", FIGURES, "from it where figure_id <> 'growth_DE'"),
    ("headline_figures_present", FIGURES, "from it where figure_id <> 'military_body_demo-son'"),
    ("origin_unmixed", FIGURES, first("true", "data_origin = 'openalex'")),
    ("origin_unmixed", "batches", "select * replace ('openalex' as data_origin) from it"),
    ("trends_grid_complete", TRENDS, "from it where not (reporter_code = 'BG' and publication_year = 2017)"),
    # sums
    (
        "countries_within_whole",
        TRENDS,
        first(f"reporter_code = 'DE' and {FULL}", "joint_papers = all_joint_papers + 1"),
    ),
    ("whole_is_side_a", TRENDS, first(f"is_side_a and {FULL}", "all_joint_papers = all_joint_papers + 1")),
    ("groups_between_members", TRENDS, first(f"reporter_code = 'EU27' and {FULL}", "joint_papers = 0")),
    (
        "group_credit_is_sum",
        TRENDS,
        first("reporter_code = 'EU27' and counting_method = 'fractional'", "joint_papers = joint_papers + 0.001"),
    ),
    (
        "group_credit_is_sum",
        TRENDS,
        first(
            "is_group and joint_papers > 0 and work_selection = 'first_author_reporter' and counting_method <> 'full'",
            "joint_papers = 0",
        ),
    ),
    ("fractional_credit_is_one", "fct_work_countries", first("true", "credit = credit + 0.000001")),
    ("fractional_credit_is_one", "fct_work_countries", first("true", "credit = null")),
    ("selections_within_all", TRENDS, first("work_selection = 'english_only'", "joint_papers = 9999")),
    ("joint_within_totals", TRENDS, "select * replace (joint_papers + 6000 as joint_papers) from it"),
    ("small_or_running_cells_within_totals", TRENDS, first(f"joint_papers > 1 and {FULL}", "reporter_papers = 0")),
    (
        "small_or_running_cells_within_totals",
        TRENDS,
        "select * replace (false as is_complete_year, joint_papers + 6000 as joint_papers) from it",
    ),
    ("contradicted_shares_marked", TRENDS, first(f"joint_papers > 1 and {FULL}", "reporter_papers = 0")),
    ("contradicted_shares_marked", TRENDS, first(FULL, "partner_share_basis = 'contradicted'")),
    ("contradicted_shares_marked", TRENDS, first(FULL, "share_of_partner_papers = null")),
    ("funders_within_class", FUNDING, first("level = 'class'", "papers = 0")),
    ("funders_within_class", FUNDING, "from it where not (level = 'any' and publication_year = 2020)"),
    ("funders_within_class", FUNDING, first("level = 'joint'", "papers = 9999")),
    ("funding_coverage_adds_up", COVERED, first("dimension = 'publisher'", "joint_papers = joint_papers + 1")),
    ("funding_coverage_adds_up", COVERED, first("dimension = 'all'", "papers_with_funding = papers_with_funding - 1")),
    ("funding_coverage_adds_up", FUNDING, "from it where not (level = 'any' and publication_year = 2020)"),
    ("military_funding_is_of_linked_papers", JOINT_TABLE, first("true", "military_linked_papers = 9999")),
    ("military_funding_is_of_linked_papers", JOINT_TABLE, "from it where funder_class <> 'ALL'"),
    (
        "military_funding_is_of_linked_papers",
        "mart_linked_papers",
        first("linked_papers_with_funding > 0", "linked_papers_with_funding = linked_papers_with_funding + 1"),
    ),
    (
        "military_funding_is_of_linked_papers",
        "mart_linked_papers_by_funder_class",
        first("military_linked_papers = 0", "linked_papers_with_funding = 1000"),
    ),
    ("topics_add_up", TOPICS, first("level = 'topic'", "joint_papers = joint_papers + 1")),
    ("topics_add_up", TOPICS, "select * replace (0::bigint as reporter_joint_papers) from it"),
    # nesting
    ("definitions_nest", MILITARY, first("dimension = 'all' and definition_order = 4", "military_linked_papers = 0")),
    (
        # a cell without a row counts as zero
        "definitions_nest",
        MILITARY,
        "from it where not (dimension = 'all' and definition_order = 4 and publication_year = 2021)",
    ),
    ("bodies_within_definition", MILITARY, first("dimension = 'body'", "military_linked_papers = 9999")),
    # keys
    ("keys_known", "dim_topic", "from it where topic_id <> 'T1'"),
    ("keys_known", "fct_works", "from it where work_id <> 'W7'"),
    ("keys_known", "dim_country", "from it where country_code <> 'CN'"),
    # an empty key in the dimension must not hide the orphan (`not in` would)
    ("keys_known", "dim_institution", first("institution_id = 'ICN1'", "institution_id = null")),
    ("keys_known", "dim_funder", "from it where funder_id <> 'F1'"),
    ("keys_known", "dim_military_body", "from it where body_id <> 'demo-son'"),
    ("keys_known", "mart_ops_batches", "select * replace ('another' as batch_id) from it"),
    ("every_work_has_a_country", "fct_work_countries", "from it where work_id <> 'W7'"),
    # recounts of marts from facts, and of facts from typed batches
    ("trends_recounted", TRENDS, first(f"reporter_code = 'DE' and {FULL}", "joint_papers = joint_papers - 1")),
    ("trends_recounted", TRENDS, first("work_selection = 'english_only'", "all_joint_papers = 0")),
    (
        "trends_recounted",
        TRENDS,
        first("counting_method = 'fractional_by_country'", "joint_papers = joint_papers + 0.01"),
    ),
    # Germany relabelled as France, which is no reporter here: in the fact alone
    ("trends_recounted", "fct_work_countries", first("country_code = 'DE'", "country_code = 'FR'")),
    ("countries_as_typed", "fct_work_countries", first("country_code = 'DE'", "country_code = 'FR'")),
    ("countries_as_typed", "typed.authorship_countries", first("country_code = 'DE'", "country_code = 'FR'")),
    ("trends_growth_recounted", TRENDS, first("growth_on_year_before > 0", "growth_on_year_before = 2")),
    ("trends_growth_recounted", TRENDS, first("first_year_index > 0", "first_year_index = null")),
    ("monthly_recounted", MONTHLY, first("joint_papers > 0", "joint_papers = joint_papers + 1")),
    ("monthly_recounted", MONTHLY, first("papers_on_january_1 > 0", "papers_on_january_1 = 0")),
    ("monthly_recounted", MONTHLY, first("joint_papers_in_12_months > 0", "joint_papers_in_12_months = 1")),
    ("monthly_recounted", MONTHLY, "from it where publication_month <> date '2021-03-01'"),
    ("funding_sources_recounted", FUNDING, first("level = 'funder'", "papers = papers + 1")),
    ("funding_sources_recounted", FUNDING, first("true", "joint_papers = joint_papers + 1")),
    ("funding_sources_recounted", FUNDING, first("true", "papers_with_funding = papers_with_funding + 1")),
    # the links of the funder named most
    ("funding_sources_recounted", "fct_work_funding", "from it where funder_id <> 'F1'"),
    ("funders_as_typed", "fct_work_funding", "from it where funder_id <> 'F1'"),
    ("funders_as_typed", "typed.work_funders", "from it where funder_id <> 'F1'"),
    ("funding_coverage_recounted", COVERED, first("dimension = 'publisher'", "dimension_value = 'Another Press'")),
    ("funding_coverage_recounted", COVERED, first("true", "papers_with_funder_id = papers_with_funder_id - 1")),
    ("funder_institutions_recounted", RECEIVING, first("true", "papers = papers + 1")),
    ("funder_institutions_recounted", RECEIVING, "from it limit 10"),
    ("funding_shapes_agree", "mart_funding_disclosure", first("joint_papers > 0", "disclosed_share = 0.123")),
    (
        "funding_shapes_agree",
        "mart_funding_disclosure",
        "from it where not (reporter_code = 'BG' and publication_year = 2017)",
    ),
    ("funding_shapes_agree", "mart_funding_by_side", first("true", "side_name = 'Another'")),
    ("funding_shapes_agree", "mart_funding_by_side", "from it where side_code = 'CHINA'"),
    ("funding_shapes_agree", "mart_funding_by_class", first("papers > 0", "papers = papers + 1")),
    ("funding_shapes_agree", "mart_funding_by_class", first("papers = 0", "joint_papers = joint_papers + 1")),
    ("funding_shapes_agree", "mart_funding_by_class", "from it where funder_class <> 'eu_national'"),
    ("funding_shapes_agree", "mart_funding_by_funder", "from it where funder_id <> 'F1'"),
    ("funding_shapes_agree", "mart_funding_by_funder", "from it where papers > 0"),
    ("funding_shapes_agree", "mart_funding_by_publisher", first("true", "publisher_name = 'Another Press'")),
    ("funding_shapes_agree", "mart_funding_by_source_type", first("true", "papers_recognised_otherwise = 1")),
    ("funding_shapes_agree", "mart_institution_funder_classes", first("true", "papers = papers + 1")),
    ("funding_shapes_agree", "mart_institution_funders", "from it limit 10"),
    ("funding_shapes_agree", FUNDING, "from it where level <> 'joint'"),
    (
        "funding_shapes_agree",
        COVERED,
        first("dimension = 'publisher'", "papers_with_funding = papers_with_funding + 1"),
    ),
    ("funding_shapes_agree", RECEIVING, first("true", "side_code = 'Another'")),
    ("institution_pairs_recounted", PAIRS, first("true", "joint_papers = joint_papers + 1")),
    ("institution_pairs_recounted", "fct_work_institutions", "from it where institution_id <> 'IDE1'"),
    ("institutions_as_typed", "fct_work_institutions", "from it where institution_id <> 'IDE1'"),
    ("institutions_as_typed", "fct_work_institutions", first("true", "authors = authors + 1")),
    ("institution_pairs_ranked", PAIRS, first("true", "joint_papers_all_years = joint_papers_all_years + 1")),
    ("institution_pairs_ranked", PAIRS, "select * replace (rank_in_country_a + 1 as rank_in_country_a) from it"),
    ("topics_recounted", TOPICS, first("level = 'subfield'", "joint_papers = joint_papers + 1")),
    ("topics_recounted", TOPICS, first("true", "reporter_joint_papers = reporter_joint_papers + 1")),
    ("military_links_recounted", MILITARY, first("dimension = 'institution_a'", "military_linked_papers = 0")),
    ("military_links_recounted", MILITARY, first("dimension = 'topic'", "joint_papers = joint_papers + 1")),
    ("military_links_recounted", MILITARY, "from it where listing_basis <> 'at_publication'"),
    ("military_links_recounted", "fct_work_military_links", "from it where body_id <> 'demo-son'"),
    ("military_bodies_recounted", MILITARY, first("dimension = 'body'", "papers_without_hospitals = 0")),
    ("military_bodies_recounted", "fct_work_military_links", "from it where body_id <> 'demo-son'"),
    ("military_funding_recounted", JOINT_TABLE, first("true", "papers = papers + 1")),
    ("military_funding_recounted", JOINT_TABLE, first("true", "papers_of_class = papers_of_class + 1")),
    ("links_as_listed", "fct_work_military_links", first("is_listed_today", "lists_today = 'another'")),
    ("links_as_listed", "fct_work_military_links", first("true", "lists_at_publication = 'another'")),
    ("links_as_listed", "fct_work_military_links", first("category = 'seven_sons'", "category = 'pla'")),
    ("links_by_institution_recounted", "fct_work_military_links", first("true", "link_method = 'ror'")),
    (
        "links_by_institution_recounted",
        "dim_institution",
        first("institution_id = 'ICN1'", "ror = (select ror from dim_military_body where ror is not null limit 1)"),
    ),
    # all denominators halved
    ("totals_recounted", TRENDS, "select * replace (reporter_papers // 2 as reporter_papers) from it"),
    ("totals_recounted", TRENDS, "select * replace (partner_papers // 2 as partner_papers) from it"),
    ("totals_recounted", RELATIONS, "select * replace (world_papers // 2 as world_papers) from it"),
    ("totals_recounted", RELATIONS, first("country_code = 'US'", "joint_papers = joint_papers + 1")),
    ("totals_recounted", TRENDS, first(FULL, "reporter_papers = null")),
    ("totals_recounted", "typed.totals", "select * replace (papers // 2 as papers) from it"),
    ("relations_complete_and_ranked", RELATIONS, first("true", "partner_rank = partner_rank + 1")),
    ("relations_complete_and_ranked", RELATIONS, "from it where country_code <> 'US'"),
    # headline values doubled
    ("headline_figures_recounted", FIGURES, "select * replace (2 * computed_value as computed_value) from it"),
    ("headline_figures_recounted", FIGURES, first("figure_id = 'military_linked_papers'", "computed_value = 1")),
    ("headline_figures_recounted", FIGURES, first("figure_id = 'growth_DE'", "computed_value = null")),
    ("works_as_typed", "fct_works", first("true", "is_retracted = not is_retracted")),
    ("works_as_typed", "fct_works", first("true", "language = 'fr'")),
    ("works_as_typed", "fct_works", first("true", "cited_by_count = 7")),
    ("works_as_typed", "fct_works", first("true", "batch_id = 'another'")),
    ("awards_agree", "fct_work_awards", "from it limit 3"),
    ("awards_agree", "fct_work_funding", first("true", "award_numbers = 'another'")),
    ("batches_as_told", "mart_ops_batches", "select * replace (records_in + 1 as records_in) from it"),
    (
        "batches_as_told",
        "raw_batches",
        "select 'another' as batch_id, * exclude (batch_id) from it union all select '01BATCH', 7, 7, 0, 7, 0, 0, 1, 1",
    ),
    (
        "completeness_recounted",
        "mart_ops_completeness",
        "from it union all by name select 2017 as publication_year, 5 as works_loaded",
    ),
    (
        "completeness_recounted",
        "mart_ops_windows",
        "from it union all by name select 'w' as window_id, 'never' as window_status",
    ),
    ("coverage_recounted", "mart_ops_coverage", first("items > 0", "items = items + 1")),
    (
        "coverage_recounted",
        "mart_ops_coverage",
        first("starts_with(measure, 'quarantined_')", "measure = 'quarantined_x'"),
    ),
    (
        "sweeps_have_their_batches",
        "raw_sweeps",
        "from it union all by name select 'works-2020' as window_id, '01GONE' as batch_id, false as has_batch",
    ),
    # shapes that are deprecated, and what replaces them
    (
        "institution_bodies_recounted",
        "bridge_institution_bodies",
        "from it union all by name select 'ICN1' as institution_id, 'demo-son' as body_id, 'ror' as link_method",
    ),
    (
        "linked_shapes_agree",
        "mart_linked_papers",
        first("papers_with_hospitals > 0", "joint_papers = joint_papers + 1"),
    ),
    ("linked_shapes_agree", "mart_linked_papers_by_body", "from it where body_id <> 'demo-son'"),
    ("linked_shapes_agree", "mart_linked_papers_by_topic", "from it where military_linked_papers > 0"),
    ("linked_shapes_agree", "mart_linked_papers_by_institution", first("true", "side = 'side_b'")),
    # where nothing is linked, the old shape has no row
    *(
        ("linked_shapes_agree", f"mart_linked_papers{part}", first("papers_with_hospitals = 0", "joint_papers = 1000"))
        for part in ("", "_by_body", "_by_topic", "_by_funder_class")
    ),
    ("topic_shapes_agree", "mart_joint_papers_by_topic", first("joint_papers = 0", "reporter_joint_papers = 1000")),
    ("linked_shapes_agree", MILITARY, first("dimension = 'funder_class'", "military_linked_papers = 0")),
    ("topic_shapes_agree", "mart_joint_papers_by_topic", "from it where topic_id <> 'T1'"),
    ("topic_shapes_agree", "mart_joint_papers_by_subfield", first("true", "subfield_name = 'Another'")),
    ("topic_shapes_agree", "mart_joint_papers_by_subfield", "from it where publication_year <> 2019"),
    # labels
    ("countries_as_reference", "dim_country", first("country_code = 'FR'", "country_name = 'Germany'")),
    ("countries_as_reference", "dim_country", "from it where country_code <> 'FR'"),
    ("country_groups_as_reference", "dim_country_group", "from it where country_code <> 'FR'"),
    ("country_groups_as_reference", "dim_country_group", first("group_code = 'EU27'", "group_name = 'Another'")),
    ("funder_classes_as_reference", "dim_funder", first("funder_id = 'F1'", "funder_class = 'uk'")),
    ("funder_classes_as_reference", "dim_funder", first("true", "funder_class_name = 'Another'")),
    ("funding_classes_agree", "fct_work_funding", first("funder_id = 'F1'", "funder_class = 'uk'")),
    ("military_lists_as_reference", "dim_military_list", first("true", "list_name = 'Another'")),
    # half of a list dropped
    ("military_lists_as_reference", "reference.military_list_membership", "from it where hash(body_id) % 2 = 0"),
    ("listings_as_reference", "bridge_military_body_lists", "from it where hash(body_id) % 2 = 0"),
    ("listings_as_reference", "bridge_military_body_lists", first("true", "valid_from = date '2010-01-01'")),
    ("military_bodies_as_reference", "dim_military_body", first("body_id = 'demo-son'", "category = 'pla'")),
    ("military_bodies_as_reference", "dim_military_body", first("body_id = 'demo-son'", "body_name = 'Another'")),
    ("definitions_as_reference", MILITARY, "select * replace (5 - definition_order as definition_order) from it"),
    ("definitions_as_reference", "dim_military_body", first("true", "narrowest_definition_code = 'another'")),
    ("ways_of_counting_as_reference", "dim_counting_method", first("true", "method_name = 'Another'")),
    ("ways_of_counting_as_reference", "dim_work_selection", first("true", "description = 'Another'")),
    ("sensitive_topics_as_reference", "dim_topic", first("topic_id = 'T2'", "sensitive_label = 'another'")),
    ("sensitive_topics_as_reference", TOPICS, first("topic_id = 'T2'", "is_sensitive_topic = false")),
    ("reporters_as_scope", TRENDS, first("reporter_code = 'DE'", "reporter_name = 'France'")),
    ("reporters_as_scope", MILITARY, first("reporter_code = 'DE'", "reporter_code = 'FR'")),
    ("reporters_as_scope", MONTHLY, first("true", "partner_name = 'Another'")),
    ("names_agree", PAIRS, first("true", "institution_a_name = 'Another'")),
    ("names_agree", FUNDING, first("level = 'funder'", "funder_name = 'Another'")),
    ("names_agree", MILITARY, first("dimension = 'body'", "dimension_name = 'Another'")),
    ("names_agree", RELATIONS, first("country_code = 'US'", "country_name = 'Another'")),
    (
        "records_as_typed",
        "typed.funders",
        "from it union all by name select 'F1' as funder_id, 'Another' as funder_name, '01BATCH' as batch_id",
    ),
    (
        "lineage_as_typed",
        "bridge_institution_lineage",
        "from it union all by name select 'I1' as institution_id, 'I2' as ancestor_id",
    ),
    ("headline_figures_as_published", FIGURES, first("figure_id = 'joint_papers'", "published_value = 1")),
    ("headline_figures_as_published", FIGURES, first("figure_id = 'joint_papers'", "difference = null")),
    ("headline_figures_as_published", FIGURES, first("figure_id = 'joint_papers'", "period = '2017'")),
    ("codes_named", "dim_military_category", "from it where category <> 'pla'"),
    ("codes_named", "dim_listing_basis", first("listing_basis = 'today'", "basis_name = 'Another'")),
    ("codes_named", "dim_reporter", first("reporter_code = 'DE'", "reporter_name = 'France'")),
    ("codes_named", "dim_country", first("country_code = 'FR'", "latitude = 0")),
    ("codes_named", "dim_country", first("country_code = 'DE'", "side = 'side_b'")),
    ("codes_named", "dim_link_method", "from it where link_method <> 'affiliation_string'"),
    # tables of models/bi
    ("bi_works_counted", "bi_work", "from it where work_id <> 'W7'"),
    ("bi_works_counted", "bi_work", first("is_linked_today", "is_linked_today = false")),
    ("bi_works_counted", "bi_work", first("is_linked_at_publication", "is_linked_at_publication = false")),
    ("bi_works_counted", "bi_work", first("funding_mix_name = 'both sides'", "funding_mix_name = 'only others'")),
    ("bi_works_counted", "bi_work", first("narrowest_definition_code = 'any_list'", LINKED_TO_PLA)),
    ("bi_figures_as_marts", "bi_reporter_year", first("true", "linked_any_list_today = 0")),
    ("bi_figures_as_marts", "bi_linked_year", first("linked_papers > 0", "linked_papers = 0")),
    ("bi_figures_as_marts", "bi_funder_year", "from it where funder_id <> 'F1'"),
    ("bi_figures_as_marts", "bi_linked_body_year", first("linked_papers = 0", "linked_papers = 1")),
    ("bi_figures_as_marts", "bi_linked_funder_class_year", first("papers > 0", "papers = papers + 1")),
    ("bi_figures_as_marts", "bi_topic_year", first("true", "linked_any_list = joint_papers + 1")),
    ("bi_figures_as_marts", "bi_side_year", "from it limit 0"),
    ("bi_figures_as_marts", "bi_funder_class_year", "from it limit 0"),
    ("bi_views_as_marts", "bi_counting_year", first("joint_papers > 0", "joint_papers = joint_papers + 1")),
    ("bi_views_as_marts", "bi_selection_year", "from it limit 0"),
    ("bi_views_as_marts", "bi_month", "from it limit 0"),
    ("bi_views_as_marts", "bi_partner_year", "from it where country_code <> 'US'"),
    ("bi_views_as_marts", "bi_publisher_year", first("true", "papers_with_funding = papers_with_funding + 1")),
    ("bi_views_as_marts", "bi_funder_institution", "from it limit 0"),
    ("bi_views_as_marts", "bi_funder", first("true", "papers = papers + 1")),
    ("bi_views_as_marts", "bi_body", "from it where body_id <> 'demo-son'"),
    ("bi_views_as_marts", "bi_body_list", "from it where body_id <> 'demo-son'"),
    ("bi_views_as_marts", "bi_headline", first("figure_id = 'joint_papers'", "value = 1")),
    ("bi_funding_mix_adds_up", "bi_funding_mix", first("funding_mix = 'not_disclosed'", "papers = papers + 1")),
    ("bi_funding_mix_adds_up", "bi_funding_mix", "from it where reporter_code <> 'BG'"),
    ("bi_tables_dense", "candidate_tables", first("table_name = 'bi_linked_year'", "row_count = row_count - 1")),
    ("bi_tables_dense", "bi_topic_year", "from it where reporter_code <> 'BG'"),
    ("bi_institutions_counted", "bi_institution", first("true", "linked_papers = linked_papers + 1")),
    ("bi_institutions_counted", "bi_institution_year", first("joint_papers > 0", "joint_papers = 0")),
    ("bi_institutions_counted", "bi_work_institution", "from it where work_id <> 'W7'"),
    ("bi_institutions_counted", "bi_pair", first("true", "joint_papers = joint_papers + 1")),
    ("bi_rows_as_facts", "bi_work_link", first("is_listed_today", "is_listed_today = false")),
    ("bi_rows_as_facts", "bi_work_funder", "from it where funder_id <> 'F1'"),
    *(
        ("bi_denominators_as_marts", table, first("true", f"{column} = {column} + 1"))
        for table, columns in {
            "bi_reporter_year": (
                "all_papers",
                "partner_papers",
                "side_a_joint_papers",
                "linked_pla_today",
                "linked_pla_at_publication",
                "linked_seven_sons_today",
                "linked_seven_sons_at_publication",
                "linked_security_industry_today",
                "linked_security_industry_at_publication",
            ),
            "bi_side_year": ("side_a_joint_papers",),
            "bi_linked_year": ("joint_papers", "linked_papers_without_hospitals"),
            "bi_linked_body_year": ("joint_papers",),
            "bi_linked_funder_class_year": ("papers_of_class", "linked_papers", "linked_papers_with_funding"),
            "bi_funding_mix": ("joint_papers",),
            "bi_topic_year": ("reporter_joint_papers",),
            "bi_selection_year": ("joint_papers_of_all",),
            "bi_counting_year": ("side_a_joint_papers",),
            "bi_funder_class_year": ("joint_papers", "papers_with_funding"),
            "bi_funder_year": ("joint_papers", "papers_with_funding"),
        }.items()
        for column in columns
    ),
    (
        "bi_denominators_as_marts",
        "bi_partner_year",
        first("country_code = 'US'", "country_papers = country_papers + 1"),
    ),
    ("bi_denominators_as_marts", "bi_partner_year", first("country_code = 'US'", "world_papers = world_papers + 1")),
    *(
        ("bi_names_as_dimensions", table, first(f"{column} is not null", f"{column} = 'another'"))
        for table, columns in {
            "bi_counting_year": ("reporter_name", "reporter_kind", "counting_method_name"),
            "bi_selection_year": ("reporter_name", "selection_name"),
            "bi_month": ("reporter_name",),
            "bi_topic_year": ("reporter_name", "topic_name", "subfield_name"),
            "bi_funding_mix": ("reporter_name",),
            "bi_funder_class_year": ("reporter_name", "funder_class_name"),
            "bi_funder_year": ("reporter_name", "funder_name", "funder_class_name", "funder_country_name"),
            "bi_publisher_year": ("reporter_name",),
            "bi_linked_year": ("reporter_name", "definition_name", "basis_name"),
            "bi_linked_body_year": ("reporter_name", "body_name", "category_name", "basis_name"),
            "bi_linked_funder_class_year": ("reporter_name", "definition_name", "basis_name", "funder_class_name"),
            "bi_reporter_year": ("reporter_name", "country_iso2", "country_iso3"),
            "bi_side_year": ("reporter_name",),
            "dim_reporter": ("capital_name", "country_iso_numeric"),
            "bi_partner_year": ("country_name", "country_iso3", "region"),
            "bi_institution": ("institution_name", "country_name", "side"),
            "bi_institution_year": ("institution_label", "country_name", "side_name"),
            "bi_funder_institution": ("institution_label", "funder_class_name"),
            "bi_work_institution": ("institution_label", "side"),
            "bi_pair": ("a_label", "b_label"),
            "bi_work": ("topic_name", "narrowest_definition_name"),
            "bi_work_link": ("body_name", "category_name", "narrowest_definition_name"),
            "bi_body": ("body_name", "category_name"),
            "bi_body_list": ("body_name",),
            "bi_funder": ("funder_name", "funder_country_name"),
            "bi_work_funder": ("funder_name", "funder_class_name"),
        }.items()
        for column in columns
    ),
    ("bi_names_as_dimensions", "bi_topic_year", first("true", "is_sensitive_topic = not is_sensitive_topic")),
    ("bi_names_as_dimensions", "bi_funder", first("true", "is_side_b_funder = not is_side_b_funder")),
    ("bi_names_as_dimensions", "bi_reporter_year", first("latitude is not null", "latitude = longitude")),
    # coverage
    ("fields_recorded", "typed.works", "select * replace (null::varchar as primary_topic_id) from it"),
    ("funding_disclosed_warn", FUNDING, "from it where level <> 'any'"),
    ("funding_disclosed_fail", FUNDING, "from it where level <> 'any'"),
    ("addresses_known_warn", "typed.affiliation_strings", "from it limit 0"),
    ("addresses_known_fail", "typed.affiliation_strings", "from it limit 0"),
    ("topics_known_warn", TOPICS, "from it where level <> 'topic'"),
    ("topics_known_fail", TOPICS, "from it where level <> 'topic'"),
    ("totals_known_warn", TRENDS, SOME_TOTALS_GONE),
    ("totals_known_fail", TRENDS, "select * replace (null::bigint as partner_papers) from it"),
    ("country_codes_known", "dim_country", first("true", "is_known_code = false")),
    (
        "windows_swept",
        "mart_ops_windows",
        "from it union all by name select 'w' as window_id, 'never' as window_status",
    ),
]


def test_a_sound_candidate_breaks_no_check(audited: Audited) -> None:
    assert audited.broken() == set()
    assert {table: audited.unmet(table) for table in audited.tables if audited.unmet(table)} == {}


@pytest.mark.parametrize(("check_id", "table", "sql"), FAULTS, ids=[f"{a}-{n}" for n, (a, _, _) in enumerate(FAULTS)])
def test_a_check_sees_its_fault(audited: Audited, check_id: str, table: str, sql: str) -> None:
    with audited.with_fault(table, sql):
        metric = audited.metric(check_id)
    assert not metric.passed
    # the fault is what breaks it, not a table that is gone
    assert metric.value is not None, metric.problem


def test_every_check_has_a_fault() -> None:
    assert set(CHECKS) - {check_id for check_id, _, _ in FAULTS} == set()


def test_every_table_of_the_bi_layer_has_a_fault() -> None:
    """Also those that the catalogue of corruptions (docs/GATES.md) has no row of."""
    assert {table for table in SUITES if table.startswith("bi_")} - {table for _, table, _ in FAULTS} == set()


def test_coverage_warns_before_it_fails(audited: Audited) -> None:
    with audited.with_fault(TRENDS, SOME_TOTALS_GONE):
        share = audited.metric("totals_known_warn").value
        assert share is not None and THRESHOLDS["totals_known_fail"] < share < THRESHOLDS["totals_known_warn"]
        assert not audited.metric("totals_known_warn").passed
        assert audited.metric("totals_known_fail").passed


def spoilt(suite: TableSuite) -> str:
    """SQL: a few rows of the table, over and over, in each copy another column with another value that cannot be."""
    types = {column.name: column.type for column in suite.table.columns}
    wrong = {
        "VARCHAR": ["null", "''", "'another'"],
        "BOOLEAN": ["null", "not {}"],
        "DOUBLE": ["null", "-5", "9999", "'inf'::double", "'nan'::double"],
        "DATE": ["null", "date '1800-01-02'", "date '2200-12-30'"],
        "TIMESTAMP": ["null", "timestamp '1800-01-02'", "timestamp '2200-12-30'"],
    }
    sound = {"VARCHAR": "'x'", "BOOLEAN": "false", "DATE": "date '2020-01-01'", "TIMESTAMP": "timestamp '2020-01-01'"}
    # values of sets that do not fit the row; of a table that is empty here, a row is made up
    sets = {name: list(map(quoted, members)) for name, members in SUITES[suite.table.name].sets.items()}
    made = ", ".join(f"({sets.get(name, [sound.get(kind, '1')])[0]})::{kind} as {name}" for name, kind in types.items())
    rows = "(from it using sample 40 rows (reservoir, 1))" if suite.table.rows else f"(select {made})"
    copies = [
        f"select * replace (({value.format(name)})::{kind} as {name}) from {rows}"
        for name, kind in types.items()
        for value in [*wrong.get(kind, ["null", "-5", "9999", "0"]), *sets.get(name, [])]
    ]
    return " union all ".join([f"from {rows}", f"from {rows}", *copies])


@pytest.mark.parametrize("table", sorted(SUITES))
def test_every_expectation_of_a_suite_can_be_broken(audited: Audited, table: str) -> None:
    suite = audited.tables[table]
    with audited.with_fault(table, spoilt(suite)):
        unmet = audited.unmet(table)
    assert {one.says for one in suite.expectations} - {says for found in unmet.values() for says in found} == set()


def test_great_expectations_and_the_counts_agree(audited: Audited, tmp_path: Path) -> None:
    """Both judges of a suite say the same, of sound tables, of spoilt ones, and of one that is not there."""
    spoiled = [TRENDS, MILITARY, "dim_institution", "fct_works", "mart_ops_windows"]
    for table in spoiled:
        audited.db.execute(f"create or replace temp table it as from main.{table}")
        audited.db.execute(f"create temp table {table} as {spoilt(audited.tables[table])}")
        audited.db.execute("drop table it")
    try:
        asked = [*spoiled, FIGURES, "dim_country"]
        suites = [audited.tables[name] for name in asked]
        gone = replace(audited.tables[PAIRS], table=replace_name(audited.tables[PAIRS], "mart_that_is_gone"))
        found = {metric.check.check_id: metric for metric in judge(audited.db, [], [*suites, gone], tmp_path / "docs")}
        unmet = {check_id for name in asked for check_id in audited.unmet(name)}
    finally:
        for table in spoiled:
            audited.db.execute(f"drop table temp.{table}")
    lost = {check.check_id for check in gone.checks}
    assert {check_id for check_id, metric in found.items() if not metric.passed} == unmet | lost
    assert found[f"{PAIRS}_filled"].observed.startswith("could not be computed: ")
    observed = found[f"{TRENDS}_values"].observed
    assert "joint_papers lies at 0 or above, and is finite: " in observed and "reporter_code=" in observed


def replace_name(suite: TableSuite, name: str) -> CandidateTable:
    return suite.table.model_copy(update={"name": name})


def test_great_expectations_fails_a_check_without_a_number(audited: Audited, tmp_path: Path) -> None:
    without = Metric(CHECKS["definitions_nest"], None, problem="no such table")
    passed, failed = Metric(CHECKS["topics_add_up"], 0.0), Metric(CHECKS["names_agree"], 3.0)
    floor = Metric(CHECKS["totals_known_fail"], 0.9)
    found = judge(audited.db, [without, passed, failed, floor], [], tmp_path / "docs")
    assert [metric.passed for metric in found] == [False, True, False, True]


def test_examples_name_the_rows_that_break_a_check(audited: Audited) -> None:
    with audited.with_fault(
        MILITARY, first("dimension = 'all' and definition_order = 4", "military_linked_papers = 0")
    ):
        observed = audited.metric("definitions_nest").observed
    assert observed.startswith("1 row, such as reporter_code=AT, publication_year=")
    assert "definition_code=any_list, papers=0" in observed
