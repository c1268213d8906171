-- severity: fail
-- kind: integrity
-- group: labels
-- table: bridge_military_body_lists
-- sentence: Which body is on which list, from when to when, is what the reference table says, and so is whether it is today.
-- applies: always
with

listings as (

    select
        body_id,
        list_id,
        listed_as,
        valid_from,
        valid_to,
        count(*) as copies
    from bridge_military_body_lists
    group by body_id, list_id, listed_as, valid_from, valid_to

),

seed as (

    select
        body_id,
        list_id,
        coalesce(listed_as, '') as listed_as,
        valid_from::date as valid_from,
        valid_to::date as valid_to,
        count(*) as copies
    from reference.military_list_membership
    group by body_id, list_id, coalesce(listed_as, ''), valid_from::date, valid_to::date

)

select
    coalesce(listings.body_id, seed.body_id) as body_id,
    coalesce(listings.list_id, seed.list_id) as list_id,
    coalesce(listings.valid_from, seed.valid_from) as valid_from,
    coalesce(listings.valid_to, seed.valid_to) as valid_to,
    listings.body_id is not null as is_in_candidate,
    seed.body_id is not null as is_in_reference
from listings
full join seed
    on listings.body_id = seed.body_id
        and listings.list_id = seed.list_id
        and listings.listed_as = seed.listed_as
        and listings.valid_from is not distinct from seed.valid_from
        and listings.valid_to is not distinct from seed.valid_to
where listings.copies is distinct from seed.copies
