-- Reporter, one row each: whose joint papers are counted, a country of side A or group: what BI tools filter and draw maps
-- by.
with

reporters as (

    select distinct
        reporter_code,
        reporter_name,
        is_group
    from {{ ref('int_reporters') }}

),

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

countries as (

    select * from {{ ref('dim_country') }}

),

-- a row with valid_to is history
members_of_eu as (

    select country_code
    from {{ source('reference', 'country_groups') }}
    where group_code = 'EU27' and valid_to is null

),

dim_reporter as (

    select
        cast(row_number() over (
            order by
                reporters.reporter_code != scope.side_a_code,
                not reporters.is_group,
                reporters.reporter_name,
                reporters.reporter_code
        ) as integer) as reporter_order,
        reporters.reporter_code,
        reporters.reporter_name,
        case when reporters.is_group then 'group' else 'country' end as reporter_kind,
        reporters.reporter_code = scope.side_a_code as is_side_a,
        case when not reporters.is_group then reporters.reporter_code end as country_iso2,
        countries.country_iso3,
        countries.country_iso_numeric,
        case when not reporters.is_group then members_of_eu.country_code is not null end as is_eu_member,
        countries.capital_name,
        countries.latitude,
        countries.longitude
    from reporters
    cross join scope
    left join countries on not reporters.is_group and reporters.reporter_code = countries.country_code
    left join members_of_eu on not reporters.is_group and reporters.reporter_code = members_of_eu.country_code

)

select * from dim_reporter
