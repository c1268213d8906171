"""Corruptions of the warehouse: of the models that build it, and of the tables after dbt built and tested them."""

from __future__ import annotations

from include.pipeline.corruptions.bench import both, built, model
from include.pipeline.corruptions.row import Corruption, Group

_model, _row = Group("warehouse", "models"), Group("warehouse", "built")

_TRENDS, _FULL = "mart_copublication_trends", "counting_method = 'full' and work_selection = 'all'"
# every table that is published and that the warehouse makes: what it holds, and the check that misses its rows
_TABLES = {
    "bridge_institution_bodies": ("which institution is a listed body", "institution_bodies_recounted"),
    "bridge_institution_lineage": ("which institution is part of which", "lineage_as_typed"),
    "bridge_military_body_lists": ("which body is on which list", "listings_as_reference"),
    "dim_country": ("countries", "countries_as_reference"),
    "dim_country_group": ("groups of countries", "country_groups_as_reference"),
    "dim_day": ("days", "dim_day_rows"),
    "dim_funder": ("funders", "keys_known"),
    "dim_funder_class": ("classes of funders", "codes_named"),
    "dim_funder_recognition": ("how funders are recognised", "codes_named"),
    "dim_institution": ("institutions", "keys_known"),
    "dim_link_method": ("how papers are linked", "codes_named"),
    "dim_listing_basis": ("listing bases", "codes_named"),
    "dim_military_body": ("listed bodies", "keys_known"),
    "dim_military_category": ("categories of listed bodies", "codes_named"),
    "dim_military_definition": ("definitions of what is linked", "codes_named"),
    "dim_military_list": ("lists", "military_lists_as_reference"),
    "dim_programme": ("programmes of funders", "dim_programme_rows"),
    "dim_reporter": ("countries and groups that report", "codes_named"),
    "dim_topic": ("topics", "keys_known"),
    "fct_work_awards": ("award numbers", "awards_agree"),
    "fct_work_countries": ("countries of works", "countries_as_typed"),
    "fct_work_funding": ("funders of works", "funders_as_typed"),
    "fct_work_institutions": ("institutions of works", "institutions_as_typed"),
    "fct_work_military_links": ("links to listed bodies", "links_by_institution_recounted"),
    "mart_copublication_monthly": ("joint papers by month", "monthly_recounted"),
    "mart_copublication_trends": ("joint papers by year", "trends_grid_complete"),
    "mart_country_relations": ("relations of countries", "relations_complete_and_ranked"),
    "mart_funder_institutions": ("who pays for whom", "funder_institutions_recounted"),
    "mart_funding_by_class": ("who pays by class of funders", "funding_shapes_agree"),
    "mart_funding_by_funder": ("who pays by funder", "funding_sources_recounted"),
    "mart_funding_by_publisher": ("how many papers of a publisher disclose funding", "funding_coverage_recounted"),
    "mart_funding_by_side": ("who pays by side", "funding_shapes_agree"),
    "mart_funding_by_source_type": ("how many papers in a type of source disclose", "funding_coverage_recounted"),
    "mart_funding_coverage": ("how many papers disclose funding, by where they are", "funding_coverage_recounted"),
    "mart_funding_disclosure": ("how many papers disclose funding", "funding_shapes_agree"),
    "mart_funding_sources": ("who pays", "funding_sources_recounted"),
    "mart_headline_figures": ("the study's figures", "headline_figures_present"),
    "mart_institution_funder_classes": ("which classes pay for whom", "funder_institutions_recounted"),
    "mart_institution_funders": ("which funders pay for whom", "funder_institutions_recounted"),
    "mart_institution_pairs": ("pairs of institutions", "institution_pairs_recounted"),
    "mart_joint_papers_by_subfield": ("joint papers by subfield", "topics_recounted"),
    "mart_joint_papers_by_topic": ("joint papers by topic", "topics_recounted"),
    "mart_linked_papers": ("papers linked to listed bodies, as a whole", "military_links_recounted"),
    "mart_linked_papers_by_body": ("papers linked to each listed body", "military_bodies_recounted"),
    "mart_linked_papers_by_funder_class": ("linked papers by class of funders", "military_links_recounted"),
    "mart_linked_papers_by_institution": ("linked papers by institution", "military_links_recounted"),
    "mart_linked_papers_by_topic": ("linked papers by topic", "military_links_recounted"),
    "mart_military_funding": ("who pays for what is linked", "military_funding_recounted"),
    "mart_military_links": ("papers linked to listed bodies", "military_links_recounted"),
    "mart_topic_collaboration": ("topics", "topics_recounted"),
    "mart_ops_batches": ("what was fetched", "batches_loaded"),
    "mart_ops_completeness": ("which years are complete", "completeness_recounted"),
    "mart_ops_coverage": ("what could not be placed", "coverage_recounted"),
    "mart_ops_windows": ("the windows behind the years", "completeness_recounted"),
}
_OF_GATE_2 = "batches_loaded"


def _exchanged(column: str, one: str, other: str) -> str:
    return (
        f"select * replace (case {column} when '{one}' then '{other}' when '{other}' then '{one}' else {column} end "
        f"as {column}) from it"
    )


def _first(column: str, value: str) -> str:
    """Of the first row alone."""
    return (
        f"select * exclude (place) replace (if(place = 1, {value}, {column}) as {column}) "
        "from (select *, row_number() over () as place from it)"
    )


MODELS: tuple[Corruption, ...] = (
    _model(
        "model_france_is_germany",
        "A model takes France for Germany.",
        "gate 3",
        "countries_as_typed",
        model(
            "int_work_author_countries",
            "coalesce(today.country_code, named.country_code) as country_code",
            "replace(coalesce(today.country_code, named.country_code), 'FR', 'DE') as country_code",
        ),
    ),
    _model(
        "model_totals_halved",
        "A model halves the denominators.",
        "gate 3",
        "totals_recounted",
        model(
            "int_totals",
            "greatest(papers_of_source + papers_not_shown - papers_not_counted, 0)::bigint as papers",
            "(greatest(papers_of_source + papers_not_shown - papers_not_counted, 0) // 2)::bigint as papers",
        ),
    ),
    _model(
        "model_funder_left_out",
        "A model leaves the top funder out.",
        "gate 3",
        "funders_as_typed",
        model(
            "fct_work_funding",
            "on work_funders.funder_id = funders.funder_id",
            "on work_funders.funder_id = funders.funder_id and funders.funder_id != '{top_funder}'",
        ),
    ),
    _model(
        "model_none_retracted",
        "A model takes every work for not retracted.",
        "gate 3",
        "works_as_typed",
        model("int_works", "coalesce(latest.is_retracted, false) as is_retracted", "false as is_retracted"),
    ),
    _model(
        "model_year_off_by_one",
        "A model puts every work a year later.",
        "gate 3",
        "works_as_typed",
        model(
            "int_works",
            "latest.publication_year,",
            "(latest.publication_year + 1)::smallint as publication_year,",
        ),
    ),
    _model(
        "model_credit_by_author_is_full",
        "A model gives every country of a work the whole credit.",
        "gate 2",
        "int_work_countries",
        model("int_work_countries", "else 1.0::double / countries_of_work.countries", "else 1.0::double"),
    ),
    _model(
        "model_topics_of_all_works",
        "A model counts subfields by the field that they are in.",
        "gate 2",
        "mart_joint_papers_by_subfield",
        model(
            "mart_joint_papers_by_subfield",
            "topics.subfield_id,\n        sum(topic_counts.papers)",
            "min(topics.subfield_id) over () as subfield_id,\n        sum(topic_counts.papers)",
        ),
    ),
    _model(
        "model_links_of_hospitals",
        "A model counts the armed forces' hospitals in every definition.",
        "gate 2",
        "int_military_linkages",
        model("int_military_linkages", "false as is_of_definition", "true as is_of_definition"),
    ),
    _model(
        "model_older_version_wins",
        "A model takes the oldest version of a work for the one that counts.",
        "gate 3",
        "works_as_typed",
        model("int_works", "order by batch_id desc, updated_at desc", "order by batch_id asc, updated_at desc"),
    ),
)

EMPTIED: tuple[Corruption, ...] = tuple(
    _row(
        f"{table}_emptied",
        f"The table of {what} is empty.",
        "gate 2" if check == _OF_GATE_2 else "gate 3",
        check,
        built(table, "from it where false"),
    )
    for table, (what, check) in _TABLES.items()
)

BUILT: tuple[Corruption, ...] = (
    _row(
        "built_works_lost",
        "A third of the works is gone from the table of works.",
        "gate 2",
        "works_loaded",
        built("fct_works", "from it where hash(work_id) % 3 > 0"),
    ),
    _row(
        "built_works_exchanged",
        "A tenth of the works is gone, and as many are there twice under another id.",
        "gate 3",
        "typed_works_loaded",
        built(
            "fct_works",
            "select * replace (if(hash(work_id) % 10 = 0, 'W1' || work_id[2:], work_id) as work_id) from it",
        ),
    ),
    _row(
        "built_france_is_germany_in_facts",
        "France is relabelled Germany in the countries of works; the marts are as they were.",
        "gate 3",
        "countries_as_typed",
        built("fct_work_countries", "select * replace (replace(country_code, 'FR', 'DE') as country_code) from it"),
    ),
    _row(
        "built_france_is_germany_in_trends",
        "France and Germany exchange their figures by year.",
        "gate 3",
        "trends_recounted",
        both(
            built(_TRENDS, _exchanged("reporter_code", "FR", "DE")),
            built(_TRENDS, _exchanged("reporter_name", "France", "Germany")),
        ),
    ),
    _row(
        "built_names_exchanged",
        "France and Germany exchange their names in the figures by year.",
        "gate 3",
        "reporters_as_scope",
        built(_TRENDS, _exchanged("reporter_name", "France", "Germany")),
    ),
    _row(
        "built_years_shifted",
        "All figures by year stand a year earlier.",
        "gate 3",
        "trends_recounted",
        built(_TRENDS, "select * replace ((publication_year - 1)::smallint as publication_year) from it"),
    ),
    _row(
        "built_months_shifted",
        "All figures by month stand a month later.",
        "gate 3",
        "monthly_recounted",
        built(
            "mart_copublication_monthly",
            "select * replace ((publication_month + interval 1 month)::date as publication_month) from it",
        ),
    ),
    _row(
        "built_trends_a_tenth_more",
        "All joint papers by year are a tenth more.",
        "gate 3",
        "trends_recounted",
        built(_TRENDS, "select * replace (ceil(joint_papers * 1.1) as joint_papers) from it"),
    ),
    _row(
        "built_fractional_is_full",
        "Fractional counts are the full ones.",
        "gate 3",
        "trends_recounted",
        built(
            _TRENDS,
            "select * replace (max(joint_papers) over (partition by reporter_code, publication_year, work_selection) "
            "as joint_papers) from it",
        ),
    ),
    _row(
        "built_shares_above_one",
        "Shares of output are a hundred times as large: per cent.",
        "gate 3",
        f"{_TRENDS}_values",
        built(_TRENDS, "select * replace (share_of_reporter_papers * 100 as share_of_reporter_papers) from it"),
    ),
    _row(
        "built_shares_halved",
        "Shares of output are half of what they are.",
        "gate 3",
        f"{_TRENDS}_consistent",
        built(_TRENDS, "select * replace (share_of_reporter_papers / 2 as share_of_reporter_papers) from it"),
    ),
    _row(
        "built_denominators_halved",
        "The papers of each country are half of what they are, and the shares follow.",
        "gate 3",
        "totals_recounted",
        built(
            _TRENDS,
            "select * replace (reporter_papers // 2 as reporter_papers, "
            "joint_papers / nullif(reporter_papers // 2, 0) as share_of_reporter_papers) from it",
        ),
    ),
    _row(
        "built_growth_turned",
        "Growth is decline, and the other way round.",
        "gate 3",
        "trends_growth_recounted",
        built(_TRENDS, "select * replace (-growth_on_year_before as growth_on_year_before) from it"),
    ),
    _row(
        "built_incomplete_years_complete",
        "The running year passes for complete.",
        "gate 3",
        "bi_denominators_as_marts",
        built(_TRENDS, "select * replace (true as is_complete_year) from it"),
    ),
    _row(
        "built_small_cells_hidden",
        "No cell is marked as small.",
        "gate 3",
        f"{_TRENDS}_consistent",
        built(_TRENDS, "select * replace (false as is_small_cell) from it"),
    ),
    _row(
        "built_selection_is_another",
        "Two selections of works exchange their figures.",
        "gate 3",
        "trends_recounted",
        built(_TRENDS, _exchanged("work_selection", "without_preprints", "english_only")),
    ),
    _row(
        "built_rows_twice",
        "Every row of the figures by year stands there twice.",
        "gate 3",
        f"{_TRENDS}_grain_unique",
        built(_TRENDS, "from it union all from it"),
    ),
    _row(
        "built_country_missing",
        "Greece is gone from the figures by year.",
        "gate 3",
        "trends_grid_complete",
        built(_TRENDS, "from it where reporter_code != 'GR'"),
    ),
    _row(
        "built_headlines_doubled",
        "The study's figures are twice what they are.",
        "gate 3",
        "headline_figures_recounted",
        built(
            "mart_headline_figures",
            "select * replace (computed_value * 2 as computed_value, "
            "computed_value * 2 - published_value as difference, "
            "(computed_value * 2 - published_value) / nullif(published_value, 0) as relative_difference) from it",
        ),
    ),
    _row(
        "built_headline_of_another_period",
        "The figures of 2019 and 2020 are exchanged.",
        "gate 3",
        "headline_figures_recounted",
        built(
            "mart_headline_figures",
            "select it.* replace (coalesce(other.computed_value, it.computed_value) as computed_value) from it "
            "left join it as other on it.figure_id = 'joint_papers_2019' and other.figure_id = 'joint_papers_2020' "
            "or it.figure_id = 'joint_papers_2020' and other.figure_id = 'joint_papers_2019'",
        ),
    ),
    _row(
        "built_published_value_changed",
        "What the study published is what is computed.",
        "gate 3",
        "headline_figures_as_published",
        built(
            "mart_headline_figures",
            "select * replace (if(published_value is null, null, computed_value) as published_value, "
            "if(published_value is null, null, 0) as difference, "
            "if(published_value is null, null, 0) as relative_difference) from it",
        ),
    ),
    _row(
        "built_body_unlinked",
        "The links to the body with most of them are gone from facts and marts.",
        "gate 3",
        "links_by_institution_recounted",
        both(
            built("fct_work_military_links", "from it where body_id != '{top_body}'"),
            built("mart_military_links", "from it where dimension != 'body' or dimension_id != '{top_body}'"),
        ),
    ),
    _row(
        "built_links_of_another_body",
        "The papers of the two bodies with most links are exchanged.",
        "gate 3",
        "military_bodies_recounted",
        both(
            built("mart_military_links", _exchanged("dimension_id", "{top_body}", "{second_body}")),
        ),
    ),
    _row(
        "built_listing_basis_exchanged",
        "As listed today and as listed at publication are exchanged.",
        "gate 3",
        "military_links_recounted",
        built("mart_military_links", _exchanged("listing_basis", "today", "at_publication")),
    ),
    _row(
        "built_links_unlisted",
        "Every linked body passes for listed at the time of publication.",
        "gate 3",
        "links_as_listed",
        built(
            "fct_work_military_links",
            "select * replace (true as is_listed_at_publication, lists_today as lists_at_publication) from it",
        ),
    ),
    _row(
        "built_class_exchanged",
        "Universities and government programmes of China are exchanged among the funders.",
        "gate 3",
        "funder_classes_as_reference",
        built("dim_funder", _exchanged("funder_class", "cn_university", "cn_government_programme")),
    ),
    _row(
        "built_class_exchanged_in_mart",
        "Universities and government programmes of China are exchanged in who pays.",
        "gate 3",
        "funding_sources_recounted",
        built("mart_funding_sources", _exchanged("funder_class", "cn_university", "cn_government_programme")),
    ),
    _row(
        "built_funder_lost",
        "The top funder is gone from who pays.",
        "gate 3",
        "funding_sources_recounted",
        built("mart_funding_sources", "from it where coalesce(funder_id, '') != '{top_funder}'"),
    ),
    _row(
        "built_disclosure_is_coverage",
        "Half of the papers that disclose nothing pass for papers that disclose their funding.",
        "gate 3",
        "funding_coverage_recounted",
        built(
            "mart_funding_coverage",
            "select * replace ((papers_with_funding + joint_papers) // 2 as papers_with_funding, "
            "((papers_with_funding + joint_papers) // 2) / nullif(joint_papers, 0) as disclosed_share) from it",
        ),
    ),
    _row(
        "built_military_funding_doubled",
        "The linked papers of every class of funders are doubled.",
        "gate 3",
        "military_funding_recounted",
        built("mart_military_funding", "select * replace (papers * 2 as papers) from it"),
    ),
    _row(
        "built_pairs_of_another",
        "The papers of the institution with most links are given to the second, in the pairs.",
        "gate 3",
        "institution_pairs_recounted",
        built("mart_institution_pairs", _exchanged("institution_a_id", "{top_institution}", "{second_institution}")),
    ),
    _row(
        "built_ranks_turned",
        "The institution with fewest papers ranks first.",
        "gate 3",
        "institution_pairs_ranked",
        built(
            "mart_institution_pairs",
            "select * replace (1 + max(rank_in_country_a) over (partition by institution_a_country_code) "
            "- rank_in_country_a as rank_in_country_a) from it",
        ),
    ),
    _row(
        "built_institution_renamed",
        "Two institutions exchange their names.",
        "gate 3",
        "records_as_typed",
        built(
            "dim_institution",
            "select it.* replace (coalesce(other.institution_name, it.institution_name) as institution_name) from it "
            "left join it as other on it.institution_id = '{top_institution}' "
            "and other.institution_id = '{second_institution}' "
            "or it.institution_id = '{second_institution}' and other.institution_id = '{top_institution}'",
        ),
    ),
    _row(
        "built_topics_exchanged",
        "The two largest topics exchange their names.",
        "gate 3",
        "records_as_typed",
        built(
            "dim_topic",
            "select it.* replace (coalesce(other.topic_name, it.topic_name) as topic_name) from it "
            "left join it as other on it.topic_id = '{top_topic}' and other.topic_id = '{second_topic}' "
            "or it.topic_id = '{second_topic}' and other.topic_id = '{top_topic}'",
        ),
    ),
    _row(
        "built_topic_lost",
        "The largest topic is gone from the topics' figures.",
        "gate 3",
        "topics_recounted",
        built("mart_topic_collaboration", "from it where topic_id != '{top_topic}'"),
    ),
    _row(
        "built_sensitive_topics_unmarked",
        "No topic is sensitive.",
        "gate 3",
        "sensitive_topics_as_reference",
        built("dim_topic", "select * replace (false as is_sensitive_topic, null::varchar as sensitive_label) from it"),
    ),
    _row(
        "built_relations_halved",
        "The papers that countries have with side B are half of what they are.",
        "gate 3",
        "totals_recounted",
        built("mart_country_relations", "select * replace (greatest(joint_papers // 2, 1) as joint_papers) from it"),
    ),
    _row(
        "built_partner_ranks_shifted",
        "Every country ranks a place better.",
        "gate 3",
        "relations_complete_and_ranked",
        built("mart_country_relations", "select * replace (greatest(partner_rank - 1, 1) as partner_rank) from it"),
    ),
    _row(
        "built_group_without_a_member",
        "Spain is no member of its groups.",
        "gate 3",
        "country_groups_as_reference",
        built("dim_country_group", "from it where country_code != 'ES'"),
    ),
    _row(
        "built_infinite_score",
        "One score is infinite.",
        "gate 3",
        "fct_works_values",
        built("fct_works", _first("fwci", "'infinity'::double")),
    ),
    _row(
        "built_nan_share",
        "One share is no number.",
        "gate 3",
        "mart_topic_collaboration_values",
        built("mart_topic_collaboration", _first("share_of_joint_papers", "'nan'::double")),
    ),
    _row(
        "built_negative_count",
        "One count is below zero.",
        "gate 3",
        "mart_funding_sources_values",
        built("mart_funding_sources", _first("papers", "-1")),
    ),
    _row(
        "built_empty_key",
        "One row has no country.",
        "gate 3",
        "fct_work_countries_filled",
        built("fct_work_countries", _first("country_code", "null")),
    ),
    _row(
        "built_coverage_improved",
        "All could be placed, says the table of what could not.",
        "gate 3",
        "coverage_recounted",
        built("mart_ops_coverage", "select * replace (0 as items, 0 as share) from it"),
    ),
    _row(
        "built_batches_retold",
        "The table of batches tells of fewer records put aside than there are.",
        "gate 3",
        "batches_as_told",
        built("mart_ops_batches", _first("records_typed", "records_typed + 1")),
    ),
    _row(
        "built_windows_swept",
        "A window that was swept passes for one that was not.",
        "gate 3",
        "mart_ops_windows_consistent",
        built("mart_ops_windows", _first("window_status", "'never'")),
    ),
    _row(
        "built_institutions_of_works_lost",
        "A third of the institutions of works is gone.",
        "gate 3",
        "institutions_as_typed",
        built("fct_work_institutions", "from it where hash(work_id) % 3 > 0"),
    ),
    _row(
        "built_lineage_lost",
        "Institutions have no parts and no parents, and funding of institutions is as it was.",
        "gate 3",
        "keys_known",
        built("dim_institution", "from it where institution_id != '{top_partner}'"),
    ),
    _row(
        "built_corrections_wiped",
        "Titles of works are exchanged.",
        "gate 3",
        "works_as_typed",
        built("fct_works", "select * replace (lead(title, 1, title) over (order by work_id) as title) from it"),
    ),
)

WAREHOUSE: tuple[Corruption, ...] = (*MODELS, *EMPTIED, *BUILT)
