"""Corruptions of the BI layer in the candidate: the marts below it are right, what dashboards read is not."""

from __future__ import annotations

from include.pipeline.corruptions.bench import candidate
from include.pipeline.corruptions.row import Corruption, Group

_row = Group("candidate", "exported")

BI_LAYER: tuple[Corruption, ...] = (
    _row(
        "bi_papers_of_a_country_doubled",
        "A country has twice its joint papers in the table that dashboards read.",
        "gate 3",
        "bi_figures_as_marts",
        candidate(
            "bi_reporter_year",
            "select * replace (joint_papers * if(reporter_code = 'GB', 2, 1) as joint_papers) from it",
        ),
    ),
    _row(
        "bi_denominators_halved",
        "All papers of each country, which shares are divided by, are half as many.",
        "gate 3",
        "bi_denominators_as_marts",
        candidate("bi_reporter_year", "select * replace (all_papers // 2 as all_papers) from it"),
    ),
    _row(
        "bi_countries_exchanged",
        "France and Germany have each other's name and code on the map.",
        "gate 3",
        "bi_names_as_dimensions",
        candidate(
            "bi_reporter_year",
            "select * replace (case reporter_code when 'FR' then 'Germany' when 'DE' then 'France' "
            "else reporter_name end as reporter_name, "
            "case reporter_code when 'FR' then 'DEU' when 'DE' then 'FRA' else country_iso3 end as country_iso3) "
            "from it",
        ),
    ),
    _row(
        "bi_base_of_links_halved",
        "The joint papers that linked papers are divided by are half as many.",
        "gate 3",
        "bi_denominators_as_marts",
        candidate("bi_linked_year", "select * replace (joint_papers // 2 as joint_papers) from it"),
    ),
    _row(
        "bi_complete_years_open",
        "Complete years are said to be open, and open ones complete.",
        "gate 3",
        "bi_denominators_as_marts",
        candidate("bi_funding_mix", "select * replace (not is_complete_year as is_complete_year) from it"),
    ),
    _row(
        "bi_funders_of_both_sides",
        "Every funder is one of side B.",
        "gate 3",
        "bi_names_as_dimensions",
        candidate("bi_funder", "select * replace (true as is_side_b_funder) from it"),
    ),
    _row(
        "bi_years_without_papers_left_out",
        "Rows that are zero are left out, so that a mean over years is of fewer years.",
        "gate 3",
        "bi_tables_dense",
        candidate("bi_linked_year", "from it where linked_papers > 0"),
    ),
    _row(
        "bi_bases_exchanged",
        "Links today stand as links at publication, and the other way round.",
        "gate 3",
        "bi_figures_as_marts",
        candidate(
            "bi_linked_year",
            "select * replace (case listing_basis when 'today' then 'at_publication' else 'today' end "
            "as listing_basis) from it",
        ),
    ),
    _row(
        "bi_names_of_bases_exchanged",
        "The codes of the two bases are right, and their names are each other's.",
        "gate 3",
        "bi_names_as_dimensions",
        candidate(
            "bi_linked_year",
            "select l.* replace (n.basis_name as basis_name) from it as l inner join "
            "(select distinct listing_basis, basis_name from it) as n on n.listing_basis != l.listing_basis",
        ),
    ),
    _row(
        "bi_funding_not_disclosed_is_chinas",
        "Papers that disclose no funding are counted with those that only side B pays for.",
        "gate 3",
        "bi_funding_mix_adds_up",
        candidate(
            "bi_funding_mix",
            "select m.* replace (case m.funding_mix_order when 1 then m.papers + u.papers when 5 then 0 else m.papers "
            "end as papers) from it as m inner join (from it where funding_mix_order = 5) as u "
            "using (reporter_code, publication_year)",
        ),
    ),
    _row(
        "bi_works_of_a_year_lost",
        "The papers of a year cannot be listed.",
        "gate 3",
        "bi_works_counted",
        candidate("bi_work", "from it where publication_year != (select max(publication_year) from it)"),
    ),
    _row(
        "bi_works_unlinked",
        "A tenth of the papers that are linked to a listed body do not say so.",
        "gate 3",
        "bi_works_counted",
        candidate(
            "bi_work",
            "select * replace (is_linked_today and hash(work_id) % 10 != 0 as is_linked_today) from it",
        ),
    ),
    _row(
        "bi_evidence_lost",
        "The rows that say why a paper is linked are gone for one body.",
        "gate 3",
        "bi_rows_as_facts",
        candidate("bi_work_link", "from it where body_id != (select mode(body_id) from it)"),
    ),
    _row(
        "bi_funders_of_works_lost",
        "The papers of the largest funder cannot be listed.",
        "gate 3",
        "bi_rows_as_facts",
        candidate("bi_work_funder", "from it where funder_id is distinct from (select mode(funder_id) from it)"),
    ),
    _row(
        "bi_sides_exchanged",
        "Institutions of side A stand on side B in the list of papers and institutions.",
        "gate 3",
        "bi_names_as_dimensions",
        candidate(
            "bi_work_institution",
            "select * replace (case side when 'side_a' then 'side_b' when 'side_b' then 'side_a' else side end "
            "as side) from it",
        ),
    ),
    _row(
        "bi_institutions_without_the_largest",
        "The institution with the most joint papers is missing.",
        "gate 3",
        "bi_institutions_counted",
        candidate("bi_institution", "from it where joint_papers < (select max(joint_papers) from it)"),
    ),
    _row(
        "bi_listed_institutions_unlisted",
        "No institution is listed any more.",
        "gate 3",
        "bi_institution_consistent",
        candidate("bi_institution", "select * replace (false as is_listed_today) from it"),
    ),
    _row(
        "bi_pairs_counted_twice",
        "Pairs of institutions have twice their papers.",
        "gate 3",
        "bi_institutions_counted",
        candidate("bi_pair", "select * replace (joint_papers * 2 as joint_papers) from it"),
    ),
    _row(
        "bi_study_figures_agree",
        "Every figure is said to agree with the study's.",
        "gate 3",
        "bi_headline_consistent",
        candidate("bi_headline", "select * replace (true as agrees) from it"),
    ),
    _row(
        "bi_months_moved",
        "Every month has the papers of the month before.",
        "gate 3",
        "bi_views_as_marts",
        candidate(
            "bi_month",
            "select * replace (coalesce(lag(joint_papers) over (partition by reporter_code order by month_start), 0) "
            "as joint_papers) from it",
        ),
    ),
    _row(
        "bi_topics_sensitive",
        "Topics that no list calls sensitive are marked as if one did.",
        "gate 3",
        "bi_names_as_dimensions",
        candidate("bi_topic_year", "select * replace (true as is_sensitive_topic) from it"),
    ),
    _row(
        "dim_capitals_exchanged",
        "Latitudes and longitudes of reporters are exchanged.",
        "gate 3",
        "bi_names_as_dimensions",
        candidate("dim_reporter", "select * replace (longitude as latitude, latitude as longitude) from it"),
    ),
)
