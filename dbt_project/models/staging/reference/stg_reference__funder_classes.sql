-- Funder whose class is known, one row each, with the user's own.
with

stg_reference__funder_classes as (

    select
        funder_id,
        crossref_id,
        funder_name,
        upper(country_code) as country_code,
        funder_class,
        programme_code,
        source
    from {{ with_extra_lists(source('reference', 'funder_classes')) }}

)

select * from stg_reference__funder_classes
