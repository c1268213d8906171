-- Work x listed body x how it was found, by an institution of the work or by a printed address, with the lists that the body
-- is on today and was on when the work appeared.
with

works as (

    select
        work_id,
        -- of a work without a date the year is known
        coalesce(publication_date, make_date(publication_year, 1, 1)) as published_on
    from {{ ref('int_scoped_works') }}
    where {{ of_slice() }}

),

bodies as (

    select * from {{ ref('stg_reference__military_bodies') }}

),

listings as (

    select * from {{ ref('int_military_listings') }}

),

links as (

    select * from {{ ref('int_institution_links') }}
    where {{ of_slice() }}
    union all
    select * from {{ ref('int_address_links') }}
    where {{ of_slice() }}

),

linked as (

    select
        work_id,
        body_id,
        link_method,
        {{ joined('evidence') }} as evidence
    from links
    group by work_id, body_id, link_method

),

-- listings decided once for each body and day
body_days as (

    select distinct
        linked.body_id,
        works.published_on
    from linked
    inner join works on linked.work_id = works.work_id

),

body_listings as (

    select
        body_days.body_id,
        body_days.published_on,
        {{ joined('listings.list_id', 'listings.is_listed_today') }} as lists_today,
        {{ joined(
            'listings.list_id',
            is_listed_on('body_days.published_on', 'listings.valid_from', 'listings.valid_to', unknown_start='false')
        ) }} as lists_at_publication
    from body_days
    inner join listings on body_days.body_id = listings.body_id
    group by body_days.body_id, body_days.published_on

),

int_work_military_links as (

    select
        linked.work_id,
        linked.body_id,
        linked.link_method,
        linked.evidence,
        bodies.category,
        body_listings.lists_today is not null as is_listed_today,
        body_listings.lists_at_publication is not null as is_listed_at_publication,
        coalesce(body_listings.lists_today, '') as lists_today,
        coalesce(body_listings.lists_at_publication, '') as lists_at_publication
    from linked
    inner join works on linked.work_id = works.work_id
    inner join bodies on linked.body_id = bodies.body_id
    left join body_listings
        on linked.body_id = body_listings.body_id
            and works.published_on is not distinct from body_listings.published_on

)

select * from int_work_military_links
