-- Work x funder x award number, with the programme that the number tells.
{{ config(materialized='view') }}

with

fct_work_awards as (

    select
        work_id,
        funder_id,
        award_number,
        programme_code,
        pattern_id,
        recognised_by,
        source_fields
    from {{ ref('int_work_awards') }}
    where award_number is not null

)

select * from fct_work_awards
