-- Name, one row each, that a funder is known by beside its own, with the user's own.
with

stg_reference__funder_names as (

    select
        funder_name,
        funder_id,
        crossref_id,
        source
    from {{ with_extra_lists(source('reference', 'funder_names')) }}

)

select * from stg_reference__funder_names
