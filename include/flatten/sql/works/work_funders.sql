-- One row a funder of a work and field that names it, by id or only by name. An entry with neither has a row too, so that it
-- can be counted; an award with a number and no funder stands in work_awards alone.
select
    work_id,
    short_id(funder, 'F') as funder_id,
    plain_text(funder_name) as funder_name,
    bare_ror(funder_ror) as funder_ror,
    source_field
from funding
where funder_id is not null or plain_text(funder_name) is not null or (award is null and award_numbers is null)
qualify row_number() over (
    partition by work_id, funder_id, case when funder_id is null then plain_text(funder_name) end, source_field
    order by place
) = 1
