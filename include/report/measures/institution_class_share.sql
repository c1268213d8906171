-- unit: share
-- parts: class, institution
-- The same, of its joint papers that disclose funding.
select any_value(share_of_papers_with_funding)
from mart_institution_funder_classes
where funder_class = getvariable('class') and institution_id = getvariable('institution')
