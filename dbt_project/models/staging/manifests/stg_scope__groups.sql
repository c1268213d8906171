-- Group of the scope x country: both sides, and the groups counted beside side A.
with

resolved as (

    select content::json as scope from {{ source('manifests', 'scope') }}

),

groups as (

    select
        'side_a' as role,
        scope -> 'side_a' as country_group
    from resolved
    union all
    select
        'side_b' as role,
        scope -> 'side_b' as country_group
    from resolved
    union all
    select
        'group' as role,
        unnest(from_json(scope -> 'groups', '["json"]')) as country_group
    from resolved

),

stg_scope__groups as (

    select distinct
        role,
        country_group ->> 'code' as group_code,
        country_group ->> 'name' as group_name,
        unnest(from_json(country_group -> 'countries', '["varchar"]')) as country_code
    from groups

)

select * from stg_scope__groups
