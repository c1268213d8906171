-- Joint paper x listed body x listing that held today or on the day of publication: the evidence of each link.
with

works as (

    select
        *,
        -- of a work without a date the year is known
        coalesce(publication_date, make_date(publication_year, 1, 1)) as published_on
    from {{ ref('fct_works') }}
    where is_joint and {{ of_slice() }}

),

links as (

    select
        links.work_id,
        links.body_id,
        {{ joined('methods.link_method_name') }} as link_method_names,
        {{ joined('links.evidence') }} as evidence
    from {{ ref('fct_work_military_links') }} as links
    inner join {{ ref('dim_link_method') }} as methods on links.link_method = methods.link_method
    where {{ of_slice('links.work_id') }}
    group by links.work_id, links.body_id

),

listed as (

    select
        links.*,
        memberships.list_id,
        memberships.listing_number,
        memberships.valid_from,
        memberships.valid_to,
        memberships.source_url,
        memberships.is_listed_today,
        {{ is_listed_on(
            'works.published_on', 'memberships.valid_from', 'memberships.valid_to', unknown_start='false'
        ) }} as is_listed_at_publication
    from links
    inner join works on links.work_id = works.work_id
    inner join {{ ref('bridge_military_body_lists') }} as memberships on links.body_id = memberships.body_id

),

bi_work_link as (

    select
        listed.work_id,
        works.title,
        make_date(works.publication_year, 1, 1) as year_start,
        works.publication_year,
        listed.body_id,
        bodies.body_name,
        bodies.category_name,
        bodies.narrowest_definition_code,
        bodies.narrowest_definition_name,
        bodies.narrowest_definition_order,
        listed.link_method_names,
        listed.evidence,
        listed.list_id,
        listed.listing_number,
        lists.list_name,
        lists.publisher,
        lists.list_kind,
        listed.valid_from,
        listed.valid_to,
        coalesce(listed.source_url, lists.source_url) as source_url,
        listed.is_listed_today,
        listed.is_listed_at_publication
    from listed
    inner join works on listed.work_id = works.work_id
    inner join {{ ref('bi_body') }} as bodies on listed.body_id = bodies.body_id
    inner join {{ ref('dim_military_list') }} as lists on listed.list_id = lists.list_id
    where listed.is_listed_today or listed.is_listed_at_publication

)

select * from bi_work_link
