-- Class of funders, one row each, in words.
with

dim_funder_class as (

    select
        cast(
            row_number() over (order by funder_class = 'other', area_code nulls last, funder_class) as integer
        ) as class_order,
        funder_class,
        funder_class_name,
        area_code
    from {{ source('reference', 'funder_class_labels') }}

)

select * from dim_funder_class
