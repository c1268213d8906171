-- unit: papers
-- parts: class, institution
-- Joint papers that name the institution and disclose a funder of the class.
select any_value(papers)
from mart_institution_funder_classes
where funder_class = getvariable('class') and institution_id = getvariable('institution')
