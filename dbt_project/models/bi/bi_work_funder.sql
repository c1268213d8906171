-- Joint paper x funder.
{{ config(materialized='view') }}

with

works as (

    select * from {{ ref('fct_works') }}
    where is_joint

),

bi_work_funder as (

    select
        funding.work_id,
        works.title,
        make_date(works.publication_year, 1, 1) as year_start,
        works.publication_year,
        funding.funder_id,
        funders.funder_name,
        funders.funder_class,
        funders.funder_class_name,
        funders.funder_country_code,
        funders.funder_country_name,
        funders.is_side_a_funder,
        funders.is_side_b_funder,
        funding.programme_codes,
        nullif(funding.award_numbers, '') as award_numbers,
        funding.recognised_by,
        recognitions.recognised_by_name
    from {{ ref('fct_work_funding') }} as funding
    inner join works on funding.work_id = works.work_id
    inner join {{ ref('bi_funder') }} as funders on funding.funder_id = funders.funder_id
    left join {{ ref('dim_funder_recognition') }} as recognitions
        on funding.recognised_by = recognitions.recognised_by

)

select * from bi_work_funder
