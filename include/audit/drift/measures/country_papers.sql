-- kind: papers
-- table: mart_country_relations
-- sentence: All papers of a country anywhere, and its papers with side B, hardly move in a closed year.
-- over_years: sum
-- moved_by: country_groups[country_code=group_code], subject_topics, countries
select
    country_code,
    unnest(['country_papers', 'joint_papers']) as counted,
    publication_year,
    unnest([country_papers, joint_papers]) as value
from mart_country_relations
