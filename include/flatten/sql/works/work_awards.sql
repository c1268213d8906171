-- One row an award of a work and field that names it.
with

cut as (
    select
        * exclude (award_numbers, numbers),
        -- an award whose number is not given stays one row
        unnest(coalesce(numbers, [null])) as award_number
    from funding
    left join award_text using (award_numbers)
    where source_field <> 'funders'
),

awards as (
    select distinct on (work_id, source_field, award_id, funder_id, funder_ror, funder_crossref_id, funder_name, funder_award_id)
        work_id,
        short_id(award, 'G') as award_id,
        funder_id(funder) as funder_id,
        plain_text(funder_name) as funder_name,
        funder_ror,
        crossref_funder_id(funder) as funder_crossref_id,
        award_number as funder_award_id,
        source_field,
        place
    from cut
    -- a grant without a number is a funder, and stands in work_funders
    where award_id is not null or funder_award_id is not null
    order by place
)

select
    work_id,
    row_number() over (partition by work_id order by source_field, place, funder_award_id, award_id) as award_index,
    * exclude (work_id, place)
from awards
