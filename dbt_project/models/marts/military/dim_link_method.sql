-- Way in which a paper is linked to a listed body, one row each, in words.
with

dim_link_method as (

    select
        cast(code_order as integer) as method_order,
        code as link_method,
        code_name as link_method_name,
        description
    from {{ source('reference', 'code_names') }}
    where code_kind = 'link_method'

)

select * from dim_link_method
