-- Category of listed bodies, one row each, in words, with the narrowest definition that holds it.
with

definitions as (

    select
        category,
        min_by(definition_code, definition_order) as narrowest_definition_code
    from {{ ref('stg_reference__military_definitions') }}
    group by category

),

dim_military_category as (

    select
        cast(names.code_order as integer) as category_order,
        names.code as category,
        names.code_name as category_name,
        names.description,
        definitions.narrowest_definition_code
    from {{ source('reference', 'code_names') }} as names
    left join definitions on names.code = definitions.category
    where names.code_kind = 'military_category'

)

select * from dim_military_category
