-- question: Why is this body listed, and who says so?
-- trap: the lists of a body were a text of codes
select
    list_name,
    publisher,
    valid_from,
    source_url
from bi_body_list
where body_id = getvariable('body')
order by list_id, listing_number;

-- held against the facts
select
    lists.list_name,
    lists.publisher,
    listings.valid_from,
    coalesce(listings.source_url, lists.source_url) as source_url
from bridge_military_body_lists as listings
inner join dim_military_list as lists on listings.list_id = lists.list_id
where listings.body_id = getvariable('body') and listings.is_listed_today
order by listings.list_id, listings.listing_number;
