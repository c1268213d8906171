-- Funder x side of the scope: by the country that its class belongs to, else by its own country. Institutions of the
-- European Union are on the side that holds a member of it.
with

funders as (

    select * from {{ ref('dim_funder') }}

),

sides as (

    select * from {{ ref('stg_scope__groups') }}
    where role in ('side_a', 'side_b')

),

funder_countries as (

    select
        funder_id,
        -- the classes of the EU's countries have the union as their area
        coalesce(nullif(funder_class_area_code, 'EU'), country_code) as country_code
    from funders
    where funder_class != 'eu_institution'
    union all
    select
        funders.funder_id,
        members.country_code
    from funders
    cross join {{ source('reference', 'country_groups') }} as members
    where funders.funder_class = 'eu_institution' and members.group_code = 'EU27'

),

int_funder_sides as (

    select distinct
        funder_countries.funder_id,
        sides.role,
        sides.group_code as side_code,
        sides.group_name as side_name
    from funder_countries
    inner join sides on funder_countries.country_code = sides.country_code

)

select * from int_funder_sides
