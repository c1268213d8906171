-- Way in which a funder of a paper was recognised, one row each, in words.
with

dim_funder_recognition as (

    select
        cast(code_order as integer) as recognition_order,
        code as recognised_by,
        code_name as recognised_by_name,
        description
    from {{ source('reference', 'code_names') }}
    where code_kind = 'funder_recognition'

)

select * from dim_funder_recognition
