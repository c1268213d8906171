-- One row a further name of a funder.
select distinct
    funder_id,
    alias
from (select short_id(id, 'F') as funder_id, plain_text(unnest(alternate_titles)) as alias from record)
where alias is not null
