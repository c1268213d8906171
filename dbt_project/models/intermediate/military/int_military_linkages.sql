-- Set of what links papers (int_joint_works) x nested definition x listing basis that it counts under, with and without the
-- armed forces' hospitals.
with

-- a set has the linkages of any of its papers
one_paper_a_set as (

    select
        linkage_set_key,
        any_value(work_id) as work_id
    from {{ ref('int_joint_works') }}
    where linkage_set_key is not null
    group by linkage_set_key

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
        one_paper_a_set.linkage_set_key,
        linkages.listing_basis,
        held.definition_code,
        held.definition_order,
        bool_or(held.is_of_definition) as is_linked,
        bool_or(held.is_of_definition and held.category != 'pla_hospital') as is_linked_without_hospitals
    from one_paper_a_set
    inner join {{ ref('int_work_linkages') }} as linkages on one_paper_a_set.work_id = linkages.work_id
    inner join definitions_with_hospitals as held on linkages.category = held.category
    group by one_paper_a_set.linkage_set_key, linkages.listing_basis, held.definition_code, held.definition_order

)

select * from int_military_linkages
