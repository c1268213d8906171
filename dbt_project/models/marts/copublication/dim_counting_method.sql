-- Way of counting, one row each, in words; int_work_countries holds their credits.
with

dim_counting_method as (

    select
        cast(method_order as integer) as method_order,
        counting_method,
        method_name,
        description
    from {{ source('reference', 'counting_methods') }}

)

select * from dim_counting_method
