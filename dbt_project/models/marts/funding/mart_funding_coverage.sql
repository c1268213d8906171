-- Reporter x year x where it was published: how many joint papers disclose funding, and how their funders were recognised.
-- Deprecated.
{{ config(materialized='view') }}

with

counts as (

    select
        * exclude (papers_with_funders_of_both_sides),
        'all' as dimension,
        'ALL' as dimension_value
    from {{ ref('mart_funding_disclosure') }}
    union all by name
    select
        * exclude (publisher_name),
        'publisher' as dimension,
        publisher_name as dimension_value
    from {{ ref('mart_funding_by_publisher') }}
    union all by name
    select
        * exclude (source_type),
        'source_type' as dimension,
        source_type as dimension_value
    from {{ ref('mart_funding_by_source_type') }}

),

mart_funding_coverage as (

    select
        reporter_code,
        reporter_name,
        publication_year,
        dimension,
        dimension_value,
        joint_papers,
        papers_with_funding,
        papers_with_funder_id,
        papers_recognised_otherwise,
        papers_with_unrecognised_funders,
        disclosed_share,
        is_small_cell
    from counts
    where joint_papers > 0

)

select * from mart_funding_coverage
