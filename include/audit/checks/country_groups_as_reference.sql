-- severity: fail
-- kind: integrity
-- group: labels
-- table: dim_country_group
-- sentence: Groups of countries, their names, members and dates are those of the reference table and the scope.
-- applies: always
with

members as (

    select
        group_code,
        country_code,
        group_name,
        valid_from::date as valid_from,
        valid_to::date as valid_to
    from reference.country_groups
    union all
    select distinct
        sides.group_code,
        sides.country_code,
        null as group_name,
        null::date as valid_from,
        null::date as valid_to
    from sides
    anti join reference.country_groups as seed
        on sides.group_code = seed.group_code and sides.country_code = seed.country_code

),

roles as (

    select
        group_code,
        max(group_name) as group_name,
        string_agg(distinct role, '; ' order by role) as scope_role
    from sides
    group by group_code

)

select
    coalesce(groups.group_code, members.group_code) as group_code,
    coalesce(groups.country_code, members.country_code) as country_code,
    groups.group_name,
    groups.valid_from,
    groups.valid_to,
    groups.scope_role,
    roles.scope_role as role_in_scope
from dim_country_group as groups
full join members on groups.group_code = members.group_code and groups.country_code = members.country_code
left join roles on groups.group_code = roles.group_code
where groups.group_code is null
    or members.group_code is null
    or groups.group_name is distinct from coalesce(members.group_name, roles.group_name)
    or groups.valid_from is distinct from members.valid_from
    or groups.valid_to is distinct from members.valid_to
    or groups.scope_role is distinct from roles.scope_role
