-- kind: rows
-- table: mart_headline_figures
-- sentence: The study's ranks and counts of countries and links hardly move in closed years.
-- moved_by: headline_figures[figure_id=figure_id], country_groups, subject_topics
select
    figure_id,
    try_cast(right(period, 4) as smallint) as publication_year,
    computed_value as value
from mart_headline_figures
where unit in ('rank', 'countries', 'links')
