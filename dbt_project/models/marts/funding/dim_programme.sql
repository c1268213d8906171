-- Named programme of a funder, one row each: those that award numbers or names tell, and those that are funders of their
-- own.
with

named as (

    select
        programme_code,
        programme_name,
        1 as preference
    from {{ ref('stg_reference__award_patterns') }}
    union all
    select
        programme_code,
        funder_name as programme_name,
        2 as preference
    from {{ ref('stg_reference__funder_classes') }}

),

dim_programme as (

    select
        programme_code,
        programme_name
    from named
    where programme_code is not null
    qualify row_number() over (partition by programme_code order by preference, programme_name) = 1

)

select * from dim_programme
