-- Group x country that belongs to it: the reference table's, and those of the scope. Dates of membership are for the reader:
-- a scope counts a group's members of today in every year.
with

scope_groups as (

    select
        group_code,
        group_name,
        country_code,
        role
    from {{ ref('stg_scope__groups') }}

),

reference_groups as (

    select
        group_code,
        group_name,
        country_code,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to,
        source,
        cast(as_of as date) as as_of_date
    from {{ source('reference', 'country_groups') }}

),

members as (

    select
        group_code,
        country_code
    from reference_groups
    union
    select
        group_code,
        country_code
    from scope_groups

),

scope_roles as (

    select
        group_code,
        max(group_name) as group_name,
        {{ joined('role') }} as scope_role
    from scope_groups
    group by group_code

),

dim_country_group as (

    select
        members.group_code,
        members.country_code,
        coalesce(reference_groups.group_name, scope_roles.group_name) as group_name,
        reference_groups.valid_from,
        reference_groups.valid_to,
        scope_roles.scope_role,
        coalesce(reference_groups.source, 'the scope') as source,
        reference_groups.as_of_date
    from members
    left join reference_groups
        on members.group_code = reference_groups.group_code and members.country_code = reference_groups.country_code
    left join scope_roles on members.group_code = scope_roles.group_code

)

select * from dim_country_group
