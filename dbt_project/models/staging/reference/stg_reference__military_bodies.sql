-- Body on a military or security list, one row each, with those of the user's own lists.
with

stg_reference__military_bodies as (

    select
        body_id,
        body_name,
        aliases,
        upper(country_code) as country_code,
        city,
        ror,
        openalex_id as institution_id,
        category,
        supervising_agency,
        source,
        cast(as_of as date) as as_of_date
    from {{ with_extra_lists(source('reference', 'military_bodies')) }}

)

select * from stg_reference__military_bodies
