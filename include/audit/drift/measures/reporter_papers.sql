-- kind: papers
-- table: mart_copublication_trends
-- sentence: All papers of a country or group, which shares of its output are taken of, hardly move in a closed
--     year.
-- over_years: sum
-- moved_by: country_groups[reporter_code=group_code], subject_topics
select
    reporter_code,
    publication_year,
    reporter_papers as value
from mart_copublication_trends
where counting_method = 'full' and work_selection = 'all'
