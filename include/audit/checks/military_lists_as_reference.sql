-- severity: fail
-- kind: integrity
-- group: labels
-- table: dim_military_list
-- sentence: Lists, their names, kinds and publishers, and how many bodies they have, are those of the reference tables.
-- applies: always
with

seed as (

    select
        lists.list_id,
        lists.list_name,
        lists.publisher,
        lists.kind,
        lists.as_of::date as as_of_date,
        count(distinct membership.body_id) as bodies
    from reference.military_lists as lists
    left join reference.military_list_membership as membership on lists.list_id = membership.list_id
    group by lists.list_id, lists.list_name, lists.publisher, lists.kind, lists.as_of

)

select
    coalesce(lists.list_id, seed.list_id) as list_id,
    lists.list_name,
    seed.list_name as name_of_reference,
    lists.list_kind,
    seed.kind as kind_of_reference,
    lists.bodies,
    seed.bodies as bodies_of_reference
from dim_military_list as lists
full join seed on lists.list_id = seed.list_id
where lists.list_id is null
    or seed.list_id is null
    or lists.list_name is distinct from seed.list_name
    or lists.publisher is distinct from seed.publisher
    or lists.list_kind is distinct from seed.kind
    or lists.as_of_date is distinct from seed.as_of_date
    or lists.bodies is distinct from seed.bodies
