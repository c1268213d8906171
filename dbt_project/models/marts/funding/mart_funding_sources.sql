-- Reporter x year x funders: any, of each side, of both sides, by class, by funder. Deprecated.
{{ config(materialized='view') }}

with

counts as (

    select
        reporter_code,
        reporter_name,
        publication_year,
        'any' as level,
        'ALL' as funder_class,
        'ALL' as funder_id,
        'Any funder' as funder_name,
        papers_with_funding as papers,
        papers_with_funding,
        joint_papers
    from {{ ref('mart_funding_disclosure') }}
    union all
    select
        reporter_code,
        reporter_name,
        publication_year,
        'joint' as level,
        'ALL' as funder_class,
        'ALL' as funder_id,
        'Funders of both sides' as funder_name,
        papers_with_funders_of_both_sides as papers,
        papers_with_funding,
        joint_papers
    from {{ ref('mart_funding_disclosure') }}
    union all
    select
        reporter_code,
        reporter_name,
        publication_year,
        'side' as level,
        side_code as funder_class,
        'ALL' as funder_id,
        'Funders of ' || side_name as funder_name,
        papers,
        papers_with_funding,
        joint_papers
    from {{ ref('mart_funding_by_side') }}
    union all
    select
        reporter_code,
        reporter_name,
        publication_year,
        'class' as level,
        funder_class,
        'ALL' as funder_id,
        funder_class_name as funder_name,
        papers,
        papers_with_funding,
        joint_papers
    from {{ ref('mart_funding_by_class') }}
    union all
    select
        reporter_code,
        reporter_name,
        publication_year,
        'funder' as level,
        funder_class,
        funder_id,
        funder_name,
        papers,
        papers_with_funding,
        joint_papers
    from {{ ref('mart_funding_by_funder') }}

),

mart_funding_sources as (

    select
        counts.reporter_code,
        counts.reporter_name,
        counts.publication_year,
        counts.level,
        counts.funder_class,
        counts.funder_id,
        counts.funder_name,
        {{ funding_shares('counts.papers', 'counts') }}
    from counts
    where counts.papers > 0

)

-- no row is there twice: DuckDB before 1.5 loses rows of a view that ends in a union, or reads it for ever
select distinct * from mart_funding_sources
