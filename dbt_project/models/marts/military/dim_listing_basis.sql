-- Listing basis, one row each, in words: the day on which a body must be on a list for its papers to count.
with

dim_listing_basis as (

    select
        cast(code_order as integer) as basis_order,
        code as listing_basis,
        code_name as basis_name,
        description
    from {{ source('reference', 'code_names') }}
    where code_kind = 'listing_basis'

)

select * from dim_listing_basis
