-- unit: papers
-- parts: institution
-- Joint papers that name the institution, in all years.
select count(*)
from papers_of_institutions
where institution_id = getvariable('institution')
