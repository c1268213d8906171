-- unit: papers
-- parts: institution, years
-- The same, of a year.
select count(*)
from papers_of_institutions
where institution_id = getvariable('institution') and is_linked and in_years(publication_year)
