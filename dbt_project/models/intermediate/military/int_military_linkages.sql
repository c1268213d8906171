-- What links a paper (int_military_linked_works) x nested definition x listing basis that it counts under, with and without
-- the armed forces' hospitals.
with

linkages as (

    select distinct linkage
    from {{ ref('int_military_linked_works') }}

),

links as (

    select
        linkage,
        unnest(string_split(linkage, ' ')) as link
    from linkages

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

int_military_linkages as (

    select
        links.linkage,
        split_part(links.link, ':', 1) as listing_basis,
        held.definition_code,
        held.definition_order,
        bool_or(held.is_of_definition) as is_linked,
        bool_or(held.is_of_definition and held.category != 'pla_hospital') as is_linked_without_hospitals
    from links
    inner join definitions_with_hospitals as held on split_part(links.link, ':', 2) = held.category
    group by links.linkage, split_part(links.link, ':', 1), held.definition_code, held.definition_order

)

select * from int_military_linkages
