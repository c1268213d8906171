-- Funder x side of the scope: by the country that its class belongs to, else by its own country. Institutions of the
-- European Union are on the side that holds a member of it.
with

funders as (

    select * from {{ ref('int_funders') }}

),

sides as (

    select * from {{ ref('stg_scope__groups') }}
    where role in ('side_a', 'side_b')

),

funder_countries as (

    {{ funder_countries('funders', source('reference', 'country_groups')) }}

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
