-- Joint paper x what links it to listed bodies of either side: their categories on each listing basis, as one text. Papers
-- are counted by it, and int_military_linkages says what it means under each definition: there are few of them.
with

bodies as (

    select *
    from {{ ref('stg_reference__military_bodies') }}
    where country_code in (
            select country_code from {{ ref('stg_scope__groups') }}
            where role in ('side_a', 'side_b')
        )

),

links as (

    select
        links.work_id,
        bases.listing_basis || ':' || bodies.category as link
    from {{ ref('int_work_military_links') }} as links
    inner join {{ ref('int_scoped_works') }} as works on links.work_id = works.work_id
    inner join bodies on links.body_id = bodies.body_id
    inner join (values ('today'), ('at_publication')) as bases (listing_basis)
        on case bases.listing_basis when 'today' then links.is_listed_today else links.is_listed_at_publication end
    where works.is_joint and {{ of_slice('links.work_id') }}

),

int_military_linked_works as (

    select
        work_id,
        {{ joined('link', separator=' ') }} as linkage
    from links
    group by work_id

)

select * from int_military_linked_works
