-- Body x list x dates of the listing.
with

int_military_listings as (

    select
        memberships.body_id,
        memberships.list_id,
        row_number() over (
            partition by memberships.body_id, memberships.list_id
            order by
                memberships.valid_from nulls first,
                memberships.valid_to nulls last,
                memberships.listed_as nulls last
        ) as listing_number,
        coalesce(memberships.listed_as, '') as listed_as,
        memberships.valid_from,
        memberships.valid_to,
        {{ is_listed_on('current_date', 'memberships.valid_from', 'memberships.valid_to', unknown_start='true') }}
            as is_listed_today,
        memberships.source_url,
        memberships.as_of_date
    from {{ ref('stg_reference__military_list_membership') }} as memberships

)

select * from int_military_listings
