-- Reporter x year x publisher: how many joint papers disclose funding. Publishers exclude one another.
{{ config(materialized='view') }}

with

bi_publisher_year as (

    select
        reporters.reporter_code,
        reporters.reporter_name,
        reporters.reporter_kind,
        make_date(coverage.publication_year, 1, 1) as year_start,
        coverage.publication_year,
        coverage.publisher_name,
        coverage.joint_papers,
        coverage.papers_with_funding
    from {{ ref('mart_funding_by_publisher') }} as coverage
    inner join {{ ref('dim_reporter') }} as reporters on coverage.reporter_code = reporters.reporter_code
    where coverage.joint_papers > 0

)

select * from bi_publisher_year
