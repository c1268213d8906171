-- Military or security list, one row each, with the user's own.
with

stg_reference__military_lists as (

    select
        list_id,
        list_name,
        publisher,
        kind as list_kind,
        source_url,
        cast(as_of as date) as as_of_date
    from {{ with_extra_lists(source('reference', 'military_lists')) }}

)

select * from stg_reference__military_lists
