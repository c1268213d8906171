-- kind: papers
-- table: mart_institution_pairs
-- sentence: Joint papers of all pairs of institutions, taken together by country, hardly move in a closed year.
-- over_years: sum
-- moved_by: subject_topics, countries
select
    institution_a_country_code as country_code,
    publication_year,
    sum(joint_papers) as value
from mart_institution_pairs
group by institution_a_country_code, publication_year
