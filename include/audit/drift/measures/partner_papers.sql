-- kind: papers
-- table: mart_copublication_trends
-- sentence: All papers of side B, which shares of its output are taken of, hardly move in a closed year.
-- over_years: sum
-- moved_by: subject_topics
select
    partner_code,
    publication_year,
    partner_papers as value
from mart_copublication_trends
where counting_method = 'full' and work_selection = 'all' and is_side_a
