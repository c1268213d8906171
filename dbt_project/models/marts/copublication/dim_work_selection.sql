-- Selection of works, one row each, that joint papers are counted with, in words; int_selection_counts holds their
-- conditions.
with

dim_work_selection as (

    select
        cast(selection_order as integer) as selection_order,
        work_selection,
        selection_name,
        description
    from {{ source('reference', 'work_selections') }}

)

select * from dim_work_selection
