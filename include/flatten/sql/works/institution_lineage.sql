-- One row an institution and institution above it (itself included), as far as the works of the batch tell.
select distinct
    institution_id,
    ancestor_id
from (select institution_id, short_id(unnest(lineage), 'I') as ancestor_id from authorship_institution)
where institution_id is not null and ancestor_id is not null
