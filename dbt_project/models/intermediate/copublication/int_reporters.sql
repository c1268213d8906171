-- Reporter x country that belongs to it. Reporters are those whose papers are counted: each country of side A, side A as a
-- whole, and each group of the scope. One row a reporter and country that belongs to it.
with

groups as (

    select * from {{ ref('stg_scope__groups') }}

),

countries as (

    select * from {{ source('reference', 'countries') }}

),

reporting_groups as (

    select distinct
        group_code,
        group_name,
        country_code
    from groups
    where role in ('side_a', 'group')

),

reporting_countries as (

    select distinct country_code
    from groups
    where role = 'side_a'

),

int_reporters as (

    select
        reporting_countries.country_code as reporter_code,
        -- a side of one country is that country, under the side's name
        coalesce(scope.side_a_name, countries.country_name, reporting_countries.country_code) as reporter_name,
        false as is_group,
        reporting_countries.country_code
    from reporting_countries
    left join countries on reporting_countries.country_code = countries.country_code
    left join {{ ref('stg_scope__scope') }} as scope on reporting_countries.country_code = scope.side_a_code
    union all
    select
        group_code as reporter_code,
        group_name as reporter_name,
        true as is_group,
        country_code
    from reporting_groups
    where group_code not in (select country_code from reporting_countries)

)

select * from int_reporters
