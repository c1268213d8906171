-- One row a funder of a work and field that names it, by id or only by ROR, number in Crossref's registry or name. An entry
-- with none of them has a row too, so that it can be counted; an award with an id or a number and no funder stands in
-- work_awards alone.
select
    work_id,
    funder_id(funder) as funder_id,
    plain_text(funder_name) as funder_name,
    funder_ror,
    crossref_funder_id(funder) as funder_crossref_id,
    source_field
from funding
left join award_text using (award_numbers)
where funder_id is not null
    or funder_ror is not null
    or funder_crossref_id is not null
    or plain_text(funder_name) is not null
    or (award is null and numbers[1] is null)
qualify row_number() over (
    partition by
        work_id, funder_id, source_field,
        case when funder_id is null then plain_text(funder_name) end,
        case when funder_id is null then coalesce(funder_crossref_id, funder_ror) end
    order by place
) = 1
