-- severity: fail
-- kind: integrity
-- group: labels
-- table: mart_military_links
-- sentence: Definitions, their order and which categories they hold are those of the reference table.
-- applies: always
with

seed as (

    select distinct
        definition_code,
        definition_order::integer as definition_order
    from reference.military_definitions

),

named as (

    select distinct
        'mart_military_links' as table_name,
        definition_code,
        definition_order
    from mart_military_links
    union all
    select distinct
        'mart_military_funding' as table_name,
        definition_code,
        definition_order
    from mart_military_funding

),

narrowest as (

    select
        category,
        arg_min(definition_code, definition_order::integer) as definition_code
    from reference.military_definitions
    group by category

)

select
    named.table_name,
    named.definition_code as code,
    named.definition_order::varchar as found,
    seed.definition_order::varchar as of_reference
from named
left join seed on named.definition_code = seed.definition_code
where named.definition_order is distinct from seed.definition_order
union all
select
    'dim_military_body' as table_name,
    bodies.body_id as code,
    bodies.narrowest_definition_code as found,
    narrowest.definition_code as of_reference
from dim_military_body as bodies
left join narrowest on bodies.category = narrowest.category
where bodies.narrowest_definition_code is distinct from narrowest.definition_code
