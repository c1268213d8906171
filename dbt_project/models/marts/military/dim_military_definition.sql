-- Nested definition of what counts as linked, one row each, in words, narrow to wide.
with

definitions as (

    select distinct
        definition_code,
        definition_order
    from {{ ref('stg_reference__military_definitions') }}

),

dim_military_definition as (

    select
        definitions.definition_order,
        definitions.definition_code,
        coalesce(names.code_name, definitions.definition_code) as definition_name,
        names.description
    from definitions
    left join {{ source('reference', 'code_names') }} as names
        on names.code_kind = 'military_definition' and definitions.definition_code = names.code

)

select * from dim_military_definition
