-- Unit of coverage (works, authorships, funders ...), one row each: how many of them there are.
with

works as (

    select * from {{ ref('fct_works') }}

),

-- what of each work could not be placed
of_works as (

    select * from {{ ref('int_work_coverage') }}

),

coverage_wholes as (

    select
        'authorships' as unit,
        coalesce(sum(authorships), 0) as items
    from of_works
    union all
    select
        'works',
        count(*)
    from works
    union all
    select
        'joint papers',
        count(*) filter (where is_joint)
    from works
    union all
    select
        'funding entries',
        coalesce(sum(funding_entries), 0)
    from of_works
    union all
    select
        'award numbers',
        coalesce(sum(award_numbers), 0)
    from of_works
    union all
    select
        'work fundings',
        count(*)
    from {{ ref('fct_work_funding') }}
    union all
    select
        'funders',
        count(*)
    from {{ ref('dim_funder') }}
    union all
    select
        'institutions',
        count(*)
    from {{ ref('dim_institution') }}
    union all
    select
        'country codes',
        count(*)
    from {{ ref('dim_country') }}
    union all
    select
        'bodies',
        count(*)
    from {{ ref('dim_military_body') }}

)

select * from coverage_wholes
