-- kind: share
-- table: mart_headline_figures
-- sentence: The study's rates of growth hardly move, where the year that they lead to is complete.
-- moved_by: headline_figures[figure_id=figure_id], country_groups, subject_topics
with

complete_years as (

    select distinct publication_year
    from mart_copublication_trends
    where is_complete_year

)

select
    figure_id,
    computed_value as value,
    -- growth to a year that is still running grows with its days
    if(is_small_cell or try_cast(right(period, 4) as smallint) not in (from complete_years), 0, 1) as base
from mart_headline_figures
where unit = 'rate'
