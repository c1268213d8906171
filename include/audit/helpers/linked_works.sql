-- Joint paper x definition x listing basis, from the facts and the reference table of definitions: whether the paper is
-- linked to a listed body of either side by the definition, by something else than a hospital, or to a hospital alone.
with

categories as (

    select distinct
        wide.definition_code,
        wide.definition_order::integer as definition_order,
        narrow.category,
        true as is_of_definition
    from reference.military_definitions as wide
    inner join reference.military_definitions as narrow
        on narrow.definition_order::integer <= wide.definition_order::integer

),

held as (

    select * from categories
    union all
    select
        definition_code,
        definition_order,
        'pla_hospital' as category,
        false as is_of_definition
    from categories
    group by definition_code, definition_order
    having not bool_or(category = 'pla_hospital')

),

links as (

    select distinct
        links.work_id,
        bodies.category,
        unnest([
            case when links.is_listed_today then 'today' end,
            case when links.is_listed_at_publication then 'at_publication' end
        ]) as listing_basis
    from fct_work_military_links as links
    inner join fct_works as works on links.work_id = works.work_id and works.is_joint
    inner join dim_military_body as bodies on links.body_id = bodies.body_id
    where bodies.country_code in (
            select country_code from sides
            where role in ('side_a', 'side_b')
        )

)

select
    links.work_id,
    links.listing_basis,
    held.definition_code,
    held.definition_order,
    bool_or(held.is_of_definition) as is_linked,
    bool_or(held.is_of_definition and held.category != 'pla_hospital') as is_linked_without_hospitals
from links
inner join held on links.category = held.category
where links.listing_basis is not null
group by links.work_id, links.listing_basis, held.definition_code, held.definition_order
