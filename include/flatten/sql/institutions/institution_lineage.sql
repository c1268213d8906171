-- One row an institution and institution above it (itself included).
select distinct
    institution_id,
    ancestor_id
from (select short_id(id, 'I') as institution_id, named_id(unnest(lineage), 'I') as ancestor_id from record)
where ancestor_id is not null
