-- kind: share
-- table: mart_headline_figures
-- sentence: The study's figures that are shares hardly move.
-- moved_by: headline_figures[figure_id=figure_id], country_groups, military_*[section='military'],
--     address_places[section='military'], funder_*[section='funding'], award_patterns[section='funding'],
--     subject_topics
select
    figure_id,
    section,
    computed_value as value,
    -- a small cell says nothing, and a share of nothing has no size
    if(is_small_cell, 0, 1) as base
from mart_headline_figures
where unit = 'share'
