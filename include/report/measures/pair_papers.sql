-- unit: papers
-- parts: institution, partner
-- Joint papers that name both institutions, in all years.
select count(*)
from papers_of_institutions as mine
inner join papers_of_institutions as theirs on mine.work_id = theirs.work_id
where mine.institution_id = getvariable('institution') and theirs.institution_id = getvariable('partner')
