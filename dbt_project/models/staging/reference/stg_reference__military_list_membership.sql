-- Body x list x dates of the listing, with the user's own lists.
with

stg_reference__military_list_membership as (

    select
        body_id,
        list_id,
        listed_as,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to,
        source_url,
        cast(as_of as date) as as_of_date
    from {{ with_extra_lists(source('reference', 'military_list_membership')) }}

)

select * from stg_reference__military_list_membership
