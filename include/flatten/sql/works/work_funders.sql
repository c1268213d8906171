-- One row a funder of a work and field that names it. Funders are known by id; a name without one stays in work_awards.
select
    work_id,
    short_id(funder, 'F') as funder_id,
    plain_text(funder_name) as funder_name,
    bare_ror(funder_ror) as funder_ror,
    source_field
from funding
where funder_id is not null
qualify row_number() over (partition by work_id, funder_id, source_field order by place) = 1
