-- A listing that ends before it begins would never hold.
select
    body_id,
    list_id,
    valid_from,
    valid_to
from {{ ref('bridge_military_body_lists') }}
where valid_to <= valid_from
