-- Nested definition x category that it holds, expanded: each holds its own categories and those of every narrower one.
with

definitions as (

    select
        definition_code,
        cast(definition_order as integer) as definition_order,
        definition_name,
        category
    from {{ source('reference', 'military_definitions') }}

),

definition_names as (

    select distinct
        definition_code,
        definition_order,
        definition_name
    from definitions

),

stg_reference__military_definitions as (

    select
        definition_names.definition_code,
        definition_names.definition_order,
        definition_names.definition_name,
        definitions.category
    from definition_names
    inner join definitions on definition_names.definition_order >= definitions.definition_order

)

select * from stg_reference__military_definitions
