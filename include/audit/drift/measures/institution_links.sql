-- kind: papers
-- table: mart_institution_pairs
-- sentence: Joint papers of an institution of side A, taken together over its partners, hardly move over all closed
--     years.
-- over_years: sum
-- moved_by: subject_topics, countries
select
    institution_a_id as institution_id,
    publication_year,
    sum(joint_papers) as value
from mart_institution_pairs
group by institution_a_id, publication_year
