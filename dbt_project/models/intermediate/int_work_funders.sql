-- Work x funder: one row whatever the generation of the record, and however often the funder is named.
{%- set ways = "['funder_id', 'funder_name', 'award_pattern', 'none']" %}

with

awards as (

    select
        *,
        list_position({{ ways }}, recognised_by) as way
    from {{ ref('int_work_awards') }}

),

int_work_funders as (

    select
        work_id,
        batch_id,
        funder_id,
        max(funder_name) as funder_name,
        {{ ways }}[min(way)] as recognised_by,
        count(distinct award_number) as awards,
        {{ joined('award_number') }} as award_numbers,
        {{ joined('programme_code') }} as programme_codes,
        array_to_string(list_sort(list_distinct(flatten(list(string_split(source_fields, '; '))))), '; ')
            as source_fields
    from awards
    group by work_id, batch_id, funder_id

)

select * from int_work_funders
