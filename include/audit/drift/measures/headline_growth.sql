-- kind: share
-- table: mart_headline_figures
-- sentence: The study's rates of growth hardly move.
-- moved_by: headline_figures[figure_id=figure_id], country_groups, subject_topics
select
    figure_id,
    computed_value as value,
    if(is_small_cell, 0, 1) as base
from mart_headline_figures
where unit = 'rate'
