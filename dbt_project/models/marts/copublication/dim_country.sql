-- Country, one row each: the reference table, and every other code that occurs in the data, so that nothing is lost; with
-- ISO codes, the capital's place for maps, and the side of the scope.
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

known as (

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

),

places as (

    select * from {{ source('reference', 'country_places') }}

),

sides as (

    select
        country_code,
        min(role) as side,
        min_by(group_code, role) as side_code,
        min_by(group_name, role) as side_name
    from {{ ref('stg_scope__groups') }}
    where role in ('side_a', 'side_b')
    group by country_code

),

dim_country as (

    select
        known.country_code,
        known.country_name,
        known.region,
        known.is_known_code,
        places.iso3_code as country_iso3,
        places.iso_numeric_code as country_iso_numeric,
        places.capital_name,
        cast(places.latitude as double) as latitude,
        cast(places.longitude as double) as longitude,
        sides.side,
        sides.side_code,
        sides.side_name
    from known
    left join places on known.country_code = places.country_code
    left join sides on known.country_code = sides.country_code

)

select * from dim_country
