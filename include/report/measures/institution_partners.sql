-- unit: papers
-- parts: institution
-- Institutions of the other side that share a joint paper with it.
select count(distinct if(institution_a_id = getvariable('institution'), institution_b_id, institution_a_id))
from mart_institution_pairs
where getvariable('institution') in (institution_a_id, institution_b_id)
