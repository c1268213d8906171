-- Military or security list, one row each: who published which, and of what kind.
with

lists as (

    select * from {{ ref('stg_reference__military_lists') }}

),

memberships as (

    select
        list_id,
        count(distinct body_id) as bodies
    from {{ ref('stg_reference__military_list_membership') }}
    group by list_id

),

dim_military_list as (

    select
        lists.list_id,
        lists.list_name,
        lists.publisher,
        lists.list_kind,
        lists.source_url,
        lists.as_of_date,
        coalesce(memberships.bodies, 0) as bodies
    from lists
    left join memberships on lists.list_id = memberships.list_id

)

select * from dim_military_list
