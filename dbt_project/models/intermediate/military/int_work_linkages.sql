-- Joint paper x listing basis x category of the listed bodies of either side that it is linked to.
with

bodies as (

    select *
    from {{ ref('stg_reference__military_bodies') }}
    where country_code in (
            select country_code from {{ ref('stg_scope__groups') }}
            where role in ('side_a', 'side_b')
        )

),

int_work_linkages as (

    select distinct
        links.work_id,
        bases.listing_basis,
        bodies.category
    from {{ ref('int_work_military_links') }} as links
    inner join {{ ref('int_scoped_works') }} as works on links.work_id = works.work_id
    inner join bodies on links.body_id = bodies.body_id
    inner join (values ('today'), ('at_publication')) as bases (listing_basis)
        on case bases.listing_basis when 'today' then links.is_listed_today else links.is_listed_at_publication end
    where works.is_joint and {{ of_slice('links.work_id') }}

)

select * from int_work_linkages
