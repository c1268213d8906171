-- kind: papers
-- table: mart_country_relations
-- sentence: All papers of a country anywhere, and its papers with side B, hardly move in a closed year.
-- over_years: sum
-- moved_by: country_groups[country_code=group_code], subject_topics, countries
select
    country_code,
    unnest(['country_papers', 'joint_papers']) as counted,
    publication_year,
    unnest([country_papers, joint_papers]) as value,
    -- a country is in a year of this table while it has joint papers, and its other papers are there all the same
    unnest([true, false]) as is_unknown_if_absent
from mart_country_relations
