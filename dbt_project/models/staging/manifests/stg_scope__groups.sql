-- Group of the scope x country: both sides, and the groups counted beside side A.
with

resolved as (

    select {{ json_document('content') }} as scope from {{ source('manifests', 'scope') }}

),

groups as (

    select
        'side_a' as role,
        {{ json_text('scope', '$.side_a') }} as country_group
    from resolved
    union all
    select
        'side_b' as role,
        {{ json_text('scope', '$.side_b') }} as country_group
    from resolved
    union all
    select
        'group' as role,
        {{ each_of(json_list('scope', '$.groups')) }} as country_group
    from resolved

),

stg_scope__groups as (

    select distinct
        role,
        {{ json_text('country_group', '$.code') }} as group_code,
        {{ json_text('country_group', '$.name') }} as group_name,
        {{ each_of(json_list('country_group', '$.countries')) }} as country_code
    from groups

)

select * from stg_scope__groups
