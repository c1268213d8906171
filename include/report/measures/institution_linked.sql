-- unit: papers
-- parts: institution
-- Joint papers that name the institution and are linked to a body on any list today.
select count(*)
from papers_of_institutions
where institution_id = getvariable('institution') and is_linked
