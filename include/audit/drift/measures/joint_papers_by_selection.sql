-- kind: papers
-- table: mart_copublication_trends
-- sentence: Joint papers of side A hardly move in a closed year, in any way of counting and any selection of works.
-- over_years: sum
-- moved_by: subject_topics, countries, work_selections, counting_methods
select
    reporter_code,
    counting_method,
    work_selection,
    publication_year,
    joint_papers as value
from mart_copublication_trends
where is_side_a
