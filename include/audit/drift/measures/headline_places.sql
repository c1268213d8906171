-- kind: rows
-- table: mart_headline_figures
-- sentence: The study's ranks and counts of countries and links hardly move in complete years.
-- moved_by: headline_figures[figure_id=figure_id], country_groups, subject_topics
with

complete_years as (

    select distinct publication_year
    from mart_copublication_trends
    where is_complete_year

)

select
    figure_id,
    try_cast(right(period, 4) as smallint) as publication_year,
    computed_value as value,
    -- who leads in a year that is still running changes; a figure that is lost is found by headline_figures_present
    true as is_unknown_if_absent
from mart_headline_figures
where unit in ('rank', 'countries', 'links')
    and try_cast(right(period, 4) as smallint) in (from complete_years)
