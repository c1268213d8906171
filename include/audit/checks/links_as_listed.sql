-- severity: fail
-- kind: integrity
-- group: recounts
-- table: fct_work_military_links
-- sentence: Whether a linked body is listed, today and on the day of publication, and on which lists, follows from the dates of the listings.
-- applies: always
with

works as (

    select
        work_id,
        -- of a work without a date the year is known
        coalesce(publication_date, make_date(publication_year, 1, 1)) as published_on
    from fct_works

),

recounted as (

    select
        links.work_id,
        links.body_id,
        links.link_method,
        list_sort(list_distinct(list(listings.list_id) filter (where listings.is_listed_today))) as lists_today,
        list_sort(list_distinct(list(listings.list_id) filter (
            where listings.valid_from <= works.published_on
            and coalesce(works.published_on < listings.valid_to, true)
        ))) as lists_at_publication
    from fct_work_military_links as links
    inner join works on links.work_id = works.work_id
    left join bridge_military_body_lists as listings on links.body_id = listings.body_id
    group by links.work_id, links.body_id, links.link_method

)

select
    links.work_id,
    links.body_id,
    links.link_method,
    links.lists_today,
    recounted.lists_today as lists_today_recounted,
    links.lists_at_publication,
    recounted.lists_at_publication as lists_at_publication_recounted,
    links.category,
    bodies.category as category_of_body
from fct_work_military_links as links
left join recounted
    on links.work_id = recounted.work_id
        and links.body_id = recounted.body_id
        and links.link_method = recounted.link_method
left join dim_military_body as bodies on links.body_id = bodies.body_id
where list_sort(string_split(nullif(links.lists_today, ''), '; ')) is distinct from recounted.lists_today
    or list_sort(string_split(nullif(links.lists_at_publication, ''), '; '))
    is distinct from recounted.lists_at_publication
    or links.category is distinct from bodies.category
