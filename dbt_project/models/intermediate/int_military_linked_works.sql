-- Joint paper x nested definition x listing basis that links it to side B, with and without the armed forces' hospitals.
with

bodies as (

    select *
    from {{ ref('dim_military_body') }}
    where country_code in (
            select country_code from {{ ref('stg_scope__groups') }}
            where role = 'side_b'
        )

),

definitions as (

    select * from {{ ref('stg_reference__military_definitions') }}

),

-- every definition together with the hospitals, which only the widest holds by itself
definitions_with_hospitals as (

    select
        definition_code,
        definition_order,
        category,
        true as is_of_definition
    from definitions
    union all
    select
        definition_code,
        definition_order,
        'pla_hospital' as category,
        false as is_of_definition
    from definitions
    group by definition_code, definition_order
    having not bool_or(category = 'pla_hospital')

),

links as (

    select distinct
        links.work_id,
        bodies.category,
        bases.listing_basis
    from {{ ref('fct_work_military_links') }} as links
    inner join {{ ref('fct_works') }} as works on links.work_id = works.work_id
    inner join bodies on links.body_id = bodies.body_id
    inner join (values ('today'), ('at_publication')) as bases (listing_basis)
        on case bases.listing_basis when 'today' then links.is_listed_today else links.is_listed_at_publication end
    where works.is_joint

),

int_military_linked_works as (

    select
        links.work_id,
        links.listing_basis,
        held.definition_code,
        held.definition_order,
        bool_or(held.is_of_definition) as is_linked,
        bool_or(held.is_of_definition and links.category != 'pla_hospital') as is_linked_without_hospitals
    from links
    inner join definitions_with_hospitals as held on links.category = held.category
    group by links.work_id, links.listing_basis, held.definition_code, held.definition_order

)

select * from int_military_linked_works
