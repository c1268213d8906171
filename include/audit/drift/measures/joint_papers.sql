-- kind: papers
-- table: mart_copublication_trends
-- sentence: Joint papers of a country or group hardly move in a closed year, nor over all closed years.
-- over_years: sum
-- moved_by: country_groups[reporter_code=group_code], subject_topics, countries
select
    reporter_code,
    publication_year,
    joint_papers as value
from mart_copublication_trends
where counting_method = 'full' and work_selection = 'all'
