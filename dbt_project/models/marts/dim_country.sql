-- Countries: the reference table, and every other code that occurs in the data, so that nothing is lost.
with

reference as (

    select * from {{ source('reference', 'countries') }}

),

codes as (

    select country_code from {{ ref('int_work_countries') }}
    union
    select country_code from {{ ref('dim_institution') }}
    where country_code is not null
    union
    select country_code from {{ ref('dim_funder') }}
    where country_code is not null

),

dim_country as (

    select
        country_code,
        country_name,
        region,
        true as is_known_code
    from reference
    union all
    select
        country_code,
        country_code as country_name,
        'Unknown' as region,
        false as is_known_code
    from codes
    where country_code not in (select country_code from reference)

)

select * from dim_country
