-- unit: share
-- parts: class, institution
-- The same, of its joint papers that disclose funding.
select any_value(share_of_papers_with_funding)
from mart_funder_institutions
where level = 'class' and funder_class = getvariable('class') and institution_id = getvariable('institution')
