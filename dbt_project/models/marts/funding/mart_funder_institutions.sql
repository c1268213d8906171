-- Institution of either side x funder, and x class of funders: joint papers over all years of the scope. Deprecated.
{{ config(materialized='view') }}

with

mart_funder_institutions as (

    select
        institution_id,
        institution_name,
        country_code,
        side_code,
        'class' as level,
        funder_class,
        'ALL' as funder_id,
        funder_class_name as funder_name,
        papers,
        papers_with_funding,
        joint_papers,
        share_of_papers_with_funding,
        disclosed_share,
        is_small_cell
    from {{ ref('mart_institution_funder_classes') }}
    union all
    select
        institution_id,
        institution_name,
        country_code,
        side_code,
        'funder' as level,
        funder_class,
        funder_id,
        funder_name,
        papers,
        papers_with_funding,
        joint_papers,
        share_of_papers_with_funding,
        disclosed_share,
        is_small_cell
    from {{ ref('mart_institution_funders') }}

)

-- no row is there twice: DuckDB before 1.5 loses rows of a view that ends in a union, or reads it for ever
select distinct * from mart_funder_institutions
