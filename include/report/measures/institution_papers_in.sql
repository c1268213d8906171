-- unit: papers
-- parts: institution, years
-- Joint papers of a year that name the institution.
select count(*)
from papers_of_institutions
where institution_id = getvariable('institution') and in_years(publication_year)
