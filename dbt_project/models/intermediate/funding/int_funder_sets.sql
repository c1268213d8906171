-- Set of funders that papers have in common (int_joint_works) x funder, with its class.
with

sets as (

    select distinct funders
    from {{ ref('int_joint_works') }}
    where funders is not null

),

members as (

    select
        funders,
        unnest(string_split(funders, '; ')) as funder_id
    from sets

),

int_funder_sets as (

    select
        members.funders,
        members.funder_id,
        funders.funder_name,
        funders.funder_class,
        funders.funder_class_name
    from members
    inner join {{ ref('int_funders') }} as funders on members.funder_id = funders.funder_id

)

select * from int_funder_sets
