-- Work x funder, with the funder's class, how it was recognised, and the award numbers named with it.
{{ config(materialized='view') }}

with

work_funders as (

    select * from {{ ref('int_work_funders') }}

),

funders as (

    select * from {{ ref('dim_funder') }}

),

programmes as (

    select
        work_id,
        funder_id,
        {{ joined('programme_code') }} as programme_codes
    from {{ ref('int_work_programmes') }}
    group by work_id, funder_id

),

fct_work_funding as (

    select
        work_funders.work_id,
        work_funders.funder_id,
        funders.funder_class,
        programmes.programme_codes,
        work_funders.recognised_by,
        work_funders.awards,
        work_funders.award_numbers,
        work_funders.source_fields
    from work_funders
    inner join funders on work_funders.funder_id = funders.funder_id
    left join programmes
        on work_funders.work_id = programmes.work_id and work_funders.funder_id = programmes.funder_id

)

select * from fct_work_funding
