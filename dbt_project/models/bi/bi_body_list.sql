-- Listed body x list that it is on today: who says so, since when, and where.
{{ config(materialized='view') }}

with

bi_body_list as (

    select
        bodies.body_id,
        bodies.body_name,
        bodies.country_name,
        bodies.category_name,
        bodies.narrowest_definition_code,
        bodies.narrowest_definition_name,
        memberships.list_id,
        memberships.listing_number,
        lists.list_name,
        lists.publisher,
        lists.list_kind,
        nullif(memberships.listed_as, '') as listed_as,
        memberships.valid_from,
        coalesce(memberships.source_url, lists.source_url) as source_url,
        memberships.as_of_date
    from {{ ref('bridge_military_body_lists') }} as memberships
    inner join {{ ref('bi_body') }} as bodies on memberships.body_id = bodies.body_id
    inner join {{ ref('dim_military_list') }} as lists on memberships.list_id = lists.list_id
    where memberships.is_listed_today

)

select * from bi_body_list
