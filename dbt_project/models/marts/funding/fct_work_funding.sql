-- Work x funder, with the funder's class, how it was recognised, and the award numbers named with it.
{{ config(materialized='view') }}

with

work_funders as (

    select * from {{ ref('int_work_funders') }}

),

funders as (

    select * from {{ ref('dim_funder') }}

),

fct_work_funding as (

    select
        work_funders.work_id,
        work_funders.funder_id,
        funders.funder_class,
        -- the funder is a programme of its own, whatever the numbers say beside
        nullif(array_to_string(list_sort(list_distinct(list_concat(
            string_split(work_funders.programme_codes, '; '), [funders.programme_code]
        ))), '; '), '') as programme_codes,
        work_funders.recognised_by,
        work_funders.awards,
        work_funders.award_numbers,
        work_funders.source_fields
    from work_funders
    inner join funders on work_funders.funder_id = funders.funder_id

)

select * from fct_work_funding
