-- Reporter x year x where it was published: how many joint papers disclose funding, and how their funders were recognised.
-- Deprecated.
{{ config(materialized='view') }}

with

mart_funding_coverage as (

    {%- for dimension, dimension_value, mart in [
        ('all', "'ALL'", ref('mart_funding_disclosure')),
        ('publisher', 'publisher_name', ref('mart_funding_by_publisher')),
        ('source_type', 'source_type', ref('mart_funding_by_source_type'))
    ] %}
        select
            reporter_code,
            reporter_name,
            publication_year,
            '{{ dimension }}' as dimension,
            {{ dimension_value }} as dimension_value,
            joint_papers,
            papers_with_funding,
            papers_with_funder_id,
            papers_recognised_otherwise,
            papers_with_unrecognised_funders,
            disclosed_share,
            is_small_cell
        from {{ mart }}
        where joint_papers > 0
        {{ 'union all' if not loop.last }}
    {%- endfor %}

)

-- no row is there twice: DuckDB before 1.5 loses rows of a view that ends in a union, or reads it for ever
select distinct * from mart_funding_coverage
