-- Funder id of Crossref's registry, one row each, with the organisation of ROR that it belongs to; many can belong to one.
with

stg_reference__funder_rors as (

    select
        crossref_id,
        ror
    from {{ source('reference', 'funder_rors') }}

)

select * from stg_reference__funder_rors
