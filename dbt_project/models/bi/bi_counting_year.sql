-- Reporter x year x counting method, all works.
{{ config(materialized='view') }}

with

bi_counting_year as (

    select
        reporters.reporter_code,
        reporters.reporter_name,
        reporters.reporter_kind,
        make_date(trends.publication_year, 1, 1) as year_start,
        trends.publication_year,
        trends.counting_method,
        methods.method_name as counting_method_name,
        methods.method_order as counting_method_order,
        trends.joint_papers,
        cast(trends.all_joint_papers as bigint) as side_a_joint_papers,
        trends.is_complete_year,
        trends.is_small_cell
    from {{ ref('mart_copublication_trends') }} as trends
    inner join {{ ref('dim_reporter') }} as reporters on trends.reporter_code = reporters.reporter_code
    inner join {{ ref('dim_counting_method') }} as methods on trends.counting_method = methods.counting_method
    where trends.work_selection = 'all'

)

select * from bi_counting_year
