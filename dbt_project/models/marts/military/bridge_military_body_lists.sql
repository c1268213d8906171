-- Body x list x dates of the listing.
select
    body_id,
    list_id,
    listing_number,
    listed_as,
    valid_from,
    valid_to,
    is_listed_today,
    source_url,
    as_of_date
from {{ ref('int_military_listings') }}
