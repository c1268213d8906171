-- Work x funder: one row whatever the generation of the record, and however often the funder is named.
with

awards as (

    select
        *,
        list_position(['funder_id', 'funder_name', 'award_pattern', 'none'], recognised_by) as way
    from {{ ref('int_work_awards') }}

),

fields as (

    select distinct
        work_id,
        funder_id,
        unnest(string_split(source_fields, '; ')) as source_field
    from awards

),

fields_of_funder as (

    select
        work_id,
        funder_id,
        string_agg(source_field, '; ' order by source_field) as source_fields
    from fields
    group by work_id, funder_id

),

int_work_funders as (

    select
        awards.work_id,
        awards.batch_id,
        awards.funder_id,
        max(awards.funder_name) as funder_name,
        arg_min(awards.recognised_by, awards.way) as recognised_by,
        count(distinct awards.award_number) as awards,
        string_agg(distinct awards.award_number, '; ' order by awards.award_number) as award_numbers,
        string_agg(distinct awards.programme_code, '; ' order by awards.programme_code) as programme_codes,
        any_value(fields_of_funder.source_fields) as source_fields
    from awards
    inner join fields_of_funder
        on awards.work_id = fields_of_funder.work_id and awards.funder_id = fields_of_funder.funder_id
    group by awards.work_id, awards.batch_id, awards.funder_id

)

select * from int_work_funders
