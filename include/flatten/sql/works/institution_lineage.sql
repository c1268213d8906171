-- One row an institution and institution above it (itself included), as far as the works of the batch tell.
select distinct
    institution_id,
    named_id(ancestor, 'I') as ancestor_id
-- a few thousand institutions stand in a hundred thousand authorships: the repeats go first
from (select distinct institution_id, unnest(lineage) as ancestor from authorship_institution)
where institution_id is not null and ancestor_id is not null
