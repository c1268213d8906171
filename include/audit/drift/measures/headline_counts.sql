-- kind: papers
-- table: mart_headline_figures
-- sentence: The study's figures that are counts hardly move in closed years.
-- moved_by: headline_figures[figure_id=figure_id], country_groups, military_*[section='military'],
--     address_places[section='military'], funder_*[section='funding'], award_patterns[section='funding'],
--     sensitive_topics[section='topics'], subject_topics
select
    figure_id,
    section,
    try_cast(right(period, 4) as smallint) as publication_year,
    computed_value as value
from mart_headline_figures
where unit = 'papers'
