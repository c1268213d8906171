"""Every check of gate 3 passes on a sound candidate, and each can fail: a fault is put in, and the check sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from include.audit.baseline import find_baseline
from include.audit.checks import MARTS
from include.audit.judge import judge
from include.audit.metrics import Metric, checks_for, compute, opened
from include.contracts.candidate import Lineage
from include.settings import Settings
from tests.unit.audit.conftest import RUN
from tests.unit.candidates import BATCH, change_lineage, rewrite


def metrics_of(settings: Settings, only: str = "") -> list[Metric]:
    """The numbers of all checks, or of one."""
    lineage = Lineage.load(settings.build_dir / RUN / "lineage.json")
    baseline = find_baseline(settings, lineage)
    with opened(settings, lineage, baseline) as db:
        return compute(db, [check for check in checks_for(lineage) if only in ("", check.check_id)], baseline)


def broken(settings: Settings, only: str = "") -> set[str]:
    """Ids of the checks whose number is outside what is expected; those without a number are broken too."""
    found = set()
    for metric in metrics_of(settings, only):
        if metric.skipped:
            continue
        floor = metric.check.at_least
        if metric.value is None or (metric.value < floor if floor is not None else metric.value > 0):
            found.add(metric.check.check_id)
    return found


def first(condition: str, change: str) -> str:
    """SQL: the table with `change` made to the first row that meets `condition`."""
    columns, value = change.split("=", 1)
    return f"""
        select * exclude (number) replace (
            if(number = (select min(number) from numbered where {condition}), {value.strip()}, {columns.strip()})
            as {columns.strip()}
        ) from (select *, row_number() over () as number from it)
    """.replace("from numbered", "from (select *, row_number() over () as number from it)")


TRENDS, FUNDING, MILITARY = "mart_copublication_trends", "mart_funding_sources", "mart_military_links"
FUNDED, RECEIVING = "mart_funding_coverage", "mart_funder_institutions"
JOINT_TABLE = "mart_military_funding"
TOPICS, PAIRS, FIGURES = "mart_topic_collaboration", "mart_institution_pairs", "mart_headline_figures"

FAULTS = [
    *((f"{mart}_not_empty", mart, "from it limit 0") for mart in MARTS),
    *((f"{mart}_grain_unique", mart, "from it union all (from it limit 1)") for mart in MARTS),
    (f"{TRENDS}_grain_unique", TRENDS, first("true", "reporter_code = null")),
    (f"{TRENDS}_shares_in_range", TRENDS, first("joint_papers > 0", "share_of_joint_papers = 1.5")),
    (f"{TRENDS}_shares_in_range", TRENDS, first("joint_papers > 0", "share_of_joint_papers = 'nan'::double")),
    (f"{FUNDING}_shares_in_range", FUNDING, first("true", "disclosed_share = 1.01")),
    (f"{MILITARY}_shares_in_range", MILITARY, first("true", "share_of_joint_papers = -0.1")),
    (f"{TOPICS}_shares_in_range", TOPICS, first("true", "share_of_joint_papers = 2")),
    (f"{TRENDS}_counts_not_negative", TRENDS, first("true", "reporter_papers = -1")),
    (f"{PAIRS}_counts_not_negative", PAIRS, first("true", "joint_papers = -1")),
    (f"{FUNDING}_counts_not_negative", FUNDING, first("true", "papers = -1")),
    (f"{MILITARY}_counts_not_negative", MILITARY, first("true", "military_linked_papers = -1")),
    (f"{FUNDED}_shares_in_range", FUNDED, first("true", "disclosed_share = 1.1")),
    (f"{FUNDED}_counts_not_negative", FUNDED, first("true", "joint_papers = -1")),
    (f"{RECEIVING}_shares_in_range", RECEIVING, first("true", "share_of_papers_with_funding = -0.1")),
    (f"{RECEIVING}_counts_not_negative", RECEIVING, first("true", "papers = -1")),
    (f"{JOINT_TABLE}_shares_in_range", JOINT_TABLE, first("true", "share_of_class_papers = 1.1")),
    (f"{JOINT_TABLE}_counts_not_negative", JOINT_TABLE, first("true", "papers = -1")),
    (f"{TOPICS}_counts_not_negative", TOPICS, first("true", "joint_papers = -1")),
    ("joint_papers_counted", TRENDS, "from it where publication_year <> 2020"),
    ("typed_works_loaded", "fct_works", "from it where work_id <> 'W7'"),
    ("works_reconcile", "fct_works", "from it where work_id <> 'W7'"),
    ("headline_figures_present", FIGURES, "from it where figure_id <> 'cn_funded_share'"),
    ("headline_figures_computed", FIGURES, first("is_computable", "computed_value = null")),
    ("headline_figures_computed", FIGURES, first("is_computable", "computed_value = 'inf'::double")),
    ("origin_unmixed", FIGURES, first("true", "data_origin = 'openalex'")),
    (
        "countries_within_whole",
        TRENDS,
        first("reporter_code = 'DE' and counting_method = 'full'", "joint_papers = all_joint_papers + 1"),
    ),
    (
        "whole_is_side_a",
        TRENDS,
        first("reporter_code = 'EUROPE' and counting_method = 'full'", "all_joint_papers = all_joint_papers + 1"),
    ),
    (
        "groups_between_members",
        TRENDS,
        first("reporter_code = 'EU27' and counting_method = 'full'", "joint_papers = 0"),
    ),
    (
        "group_credit_is_sum",
        TRENDS,
        first("reporter_code = 'EU27' and counting_method = 'fractional'", "joint_papers = joint_papers + 0.001"),
    ),
    ("fractional_credit_is_one", "fct_work_countries", first("true", "credit = credit + 0.000001")),
    ("fractional_credit_is_one", "fct_work_countries", first("true", "credit = null")),
    ("joint_within_totals", TRENDS, "select * replace (joint_papers + 6000 as joint_papers) from it"),
    (
        "small_or_running_cells_within_totals",
        TRENDS,
        first("joint_papers > 1 and counting_method = 'full'", "reporter_papers = 0"),
    ),
    (
        "small_or_running_cells_within_totals",
        TRENDS,
        "select * replace (false as is_complete_year, joint_papers + 6000 as joint_papers) from it",
    ),
    (
        "contradicted_shares_marked",
        TRENDS,
        first("joint_papers > 1 and counting_method = 'full'", "reporter_papers = 0"),
    ),
    (
        "contradicted_shares_marked",
        TRENDS,
        first("counting_method = 'full'", "partner_share_basis = 'contradicted'"),
    ),
    ("contradicted_shares_marked", TRENDS, first("counting_method = 'full'", "share_of_partner_papers = null")),
    (
        "selections_within_all",
        TRENDS,
        "from it union all "
        "select * replace ('english_only' as work_selection, joint_papers + 1 as joint_papers) from it",
    ),
    (
        "group_credit_is_sum",
        TRENDS,
        "from it union all select * replace ('first_author_reporter' as work_selection, "
        "if(is_group, 0, joint_papers) as joint_papers) from it",
    ),
    ("funded_within_joint", FUNDING, first("level = 'any'", "papers_with_funding = joint_papers + 1")),
    ("funded_within_joint", FUNDING, first("level = 'funder'", "papers = papers_with_funding + 1")),
    ("funders_within_class", FUNDING, first("level = 'class'", "papers = 0")),
    ("funders_within_class", FUNDING, "from it where not (level = 'any' and publication_year = 2020)"),
    ("funders_within_class", FUNDING, first("level = 'joint'", "papers = 9999")),
    ("funding_coverage_adds_up", FUNDED, first("dimension = 'publisher'", "joint_papers = joint_papers + 1")),
    ("funding_coverage_adds_up", FUNDED, first("dimension = 'all'", "papers_with_funding = papers_with_funding - 1")),
    ("funding_coverage_adds_up", FUNDING, "from it where not (level = 'any' and publication_year = 2020)"),
    ("funding_counts_joint_papers", FUNDING, first("true", "joint_papers = joint_papers + 1")),
    ("military_within_joint", MILITARY, first("dimension = 'topic'", "joint_papers = 0")),
    ("hospitals_within_military", MILITARY, first("true", "papers_without_hospitals = 9999")),
    ("military_funding_is_of_linked_papers", JOINT_TABLE, first("true", "military_linked_papers = 9999")),
    ("military_funding_is_of_linked_papers", JOINT_TABLE, first("true", "papers_of_class = 0")),
    ("military_counts_joint_papers", MILITARY, first("dimension = 'all'", "joint_papers = joint_papers + 1")),
    ("topics_within_joint", TOPICS, first("level = 'topic'", "joint_papers = joint_papers + 1")),
    ("topics_within_joint", TOPICS, "select * replace (0::bigint as reporter_joint_papers) from it"),
    ("pairs_add_up", PAIRS, first("true", "joint_papers_all_years = joint_papers_all_years + 1")),
    ("definitions_nest", MILITARY, first("dimension = 'all' and definition_order = 4", "military_linked_papers = 0")),
    (
        # a cell without a row counts as zero
        "definitions_nest",
        MILITARY,
        "from it where not (dimension = 'all' and definition_order = 4 and publication_year = 2021)",
    ),
    ("bodies_within_definition", MILITARY, first("dimension = 'body'", "military_linked_papers = 9999")),
    ("funding_disclosed", FUNDING, "from it where level <> 'any'"),
    ("topics_known", TOPICS, "from it where level <> 'topic'"),
    ("totals_known", TRENDS, "select * replace (null::bigint as partner_papers) from it"),
    ("fct_works_primary_topic_id_known", "dim_topic", "from it where topic_id <> 'T1'"),
    ("fct_work_countries_work_id_known", "fct_works", "from it where work_id <> 'W7'"),
    ("fct_work_countries_country_code_known", "dim_country", "from it where country_code <> 'CN'"),
    ("fct_work_institutions_work_id_known", "fct_works", "from it where work_id <> 'W7'"),
    # an empty key in the dimension must not hide the orphan (`not in` would)
    (
        "fct_work_institutions_institution_id_known",
        "dim_institution",
        "select * replace (if(institution_id = 'ICN1', null, institution_id) as institution_id) from it",
    ),
    ("fct_work_funding_work_id_known", "fct_works", "from it limit 0"),
    ("fct_work_funding_funder_id_known", "dim_funder", "from it where funder_id <> 'F1'"),
    ("fct_work_awards_work_id_known", "fct_works", "from it limit 0"),
    ("fct_work_awards_funder_id_known", "dim_funder", "from it where funder_id <> 'F1'"),
    ("mart_funder_institutions_institution_id_known", "dim_institution", "from it where institution_id <> 'ICN1'"),
    ("fct_work_military_links_work_id_known", "fct_works", "from it limit 0"),
    ("fct_work_military_links_body_id_known", "dim_military_body", "from it where body_id <> 'demo-son'"),
]


def test_a_sound_candidate_breaks_no_check(settings: Settings) -> None:
    metrics = metrics_of(settings)
    assert broken(settings) == set()
    assert len(metrics) > 50
    assert [metric.check.check_id for metric in metrics if metric.skipped] == []


def test_marts_of_links_may_be_empty_where_no_listed_body_is_of_side_b(settings: Settings) -> None:
    check_id = f"{MILITARY}_not_empty"
    rewrite(settings, RUN, MILITARY, "from it limit 0")
    assert broken(settings, check_id) == {check_id}
    rewrite(settings, RUN, "dim_country_group", "select * replace ('IS' as country_code) from it")
    assert broken(settings, check_id) == set()
    (metric,) = [metric for metric in metrics_of(settings) if metric.check.check_id == check_id]
    assert metric.observed == "not checked: no listed body is of side B"


@pytest.mark.parametrize(("check_id", "table", "sql"), FAULTS, ids=[f"{a}-{n}" for n, (a, _, _) in enumerate(FAULTS)])
def test_a_check_sees_its_fault(settings: Settings, check_id: str, table: str, sql: str) -> None:
    assert broken(settings, check_id) == set()
    rewrite(settings, RUN, table, sql)
    assert broken(settings, check_id) == {check_id}


@pytest.mark.parametrize("table", [*MARTS, "fct_works", "fct_work_countries"])
def test_a_missing_table_breaks_checks(settings: Settings, table: str) -> None:
    (settings.build_dir / RUN / "marts" / f"{table}.parquet").unlink()
    assert {f"{table}_grain_unique", "files_as_exported"} <= broken(settings)


def test_a_file_changed_after_the_export_is_seen(settings: Settings) -> None:
    file = settings.build_dir / RUN / "marts" / "mart_topic_collaboration.parquet"
    file.write_bytes((settings.build_dir / RUN / "marts" / "dim_country.parquet").read_bytes())
    assert "files_as_exported" in broken(settings)


@pytest.mark.parametrize("changes", [{"works_quarantined": 1}, {"works_replaced": 1}, {"works_vanished": 1}])
def test_lost_records_are_seen(settings: Settings, changes: dict[str, int]) -> None:
    change_lineage(settings, RUN, **changes)
    assert "works_reconcile" in broken(settings)


def test_a_batch_of_another_origin_is_seen(settings: Settings) -> None:
    manifest = settings.typed_zone / f"batch={BATCH}" / "_typed.json"
    manifest.write_text(manifest.read_text().replace('"synthetic"', '"openalex"'))
    assert "origin_unmixed" in broken(settings)


def test_every_check_has_a_test_of_its_fault(settings: Settings) -> None:
    """The list above, with the tests beside it, covers the registry: a new check needs a fault."""
    elsewhere = {"files_as_exported"}
    tables = {table.name for table in Lineage.load(settings.build_dir / RUN / "lineage.json").tables} - set(MARTS)
    # the grain check is one function for all tables
    elsewhere |= {f"{table}_grain_unique" for table in tables}
    checks = {metric.check.check_id for metric in metrics_of(settings)}
    assert checks - elsewhere - {check_id for check_id, _, _ in FAULTS} == set()


def test_examples_name_the_rows_that_break_a_check(settings: Settings) -> None:
    rewrite(settings, RUN, MILITARY, first("dimension = 'all' and definition_order = 4", "military_linked_papers = 0"))
    (metric,) = (metric for metric in metrics_of(settings) if metric.check.check_id == "definitions_nest")
    assert metric.observed.startswith("1 row, such as reporter_code=AT, publication_year=")
    assert "definition_code=any_list, papers=0" in metric.observed


def test_great_expectations_fails_a_check_without_a_number(settings: Settings, tmp_path: Any) -> None:
    (settings.build_dir / RUN / "marts" / "fct_works.parquet").unlink()
    metrics = metrics_of(settings)
    outcomes = judge(metrics, tmp_path / "docs")
    without = {metric.check.check_id for metric in metrics if metric.value is None and not metric.skipped}
    assert without
    assert not any(outcomes[check_id] for check_id in without)
    assert outcomes["definitions_nest"] is True


def test_great_expectations_and_the_numbers_agree(
    settings: Settings, tmp_path: Any, record_property: Callable[[str, object], None]
) -> None:
    rewrite(settings, RUN, TOPICS, "from it where level <> 'topic'")
    rewrite(settings, RUN, TRENDS, first("joint_papers > 0", "share_of_joint_papers = 1.5"))
    outcomes = judge(metrics_of(settings), tmp_path / "docs")
    assert {check_id for check_id, passed in outcomes.items() if not passed} == broken(settings)
    record_property("checks", len(outcomes))
