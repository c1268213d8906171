-- unit: papers
-- parts: institution
-- Joint papers that name the institution and disclose funding.
select count(*)
from papers_of_institutions
where institution_id = getvariable('institution') and discloses_funding
