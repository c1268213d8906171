-- Set of funders x class of funders: a set with three funders of a class has the class once.
with

int_funder_set_classes as (

    select distinct
        funder_set_key,
        funder_class
    from {{ ref('int_funder_sets') }}

)

select * from int_funder_set_classes
