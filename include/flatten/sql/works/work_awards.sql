-- One row an award of a work and field that names it.
with

-- Several numbers stand in one text: '18K13235, 20K20132', '61876176 and 62006203'. A comma can also belong to a number
-- or a name, so the text is cut only where every part looks like a number of its own: four characters or more, one of
-- them a digit.
numbered as (
    select
        *,
        list_transform(regexp_split_to_array(award_numbers, '[,;]|\s+and\s+'), lambda part: trim(part)) as parts
    from funding
    where source_field <> 'funders'
),

cut as (
    select
        * exclude (parts, award_numbers),
        unnest(
            case
                when len(list_filter(parts, lambda part: len(part) < 4 or not regexp_matches(part, '\d'))) = 0
                    then parts
                else [trim(award_numbers)]
            end
        ) as award_number
    from numbered
),

awards as (
    select distinct on (work_id, source_field, award_id, funder_id, funder_name, funder_award_id)
        work_id,
        short_id(award, 'G') as award_id,
        short_id(funder, 'F') as funder_id,
        plain_text(funder_name) as funder_name,
        plain_text(award_number) as funder_award_id,
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
