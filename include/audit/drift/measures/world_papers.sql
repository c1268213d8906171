-- kind: papers
-- table: mart_country_relations
-- sentence: All papers of the subject hardly move in a closed year.
-- over_years: sum
-- moved_by: subject_topics
select
    publication_year,
    max(world_papers) as value
from mart_country_relations
group by publication_year
