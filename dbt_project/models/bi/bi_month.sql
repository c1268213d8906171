-- Reporter x month of publication, full count, from the first to the last month with joint papers.
{{ config(materialized='view') }}

with

bi_month as (

    select
        reporters.reporter_code,
        reporters.reporter_name,
        reporters.reporter_kind,
        monthly.publication_month as month_start,
        make_date(year(monthly.publication_month), 1, 1) as year_start,
        cast(monthly.joint_papers as bigint) as joint_papers,
        cast(monthly.joint_papers_in_12_months as bigint) as joint_papers_in_12_months,
        monthly.papers_on_january_1,
        monthly.is_complete_month
    from {{ ref('mart_copublication_monthly') }} as monthly
    inner join {{ ref('dim_reporter') }} as reporters on monthly.reporter_code = reporters.reporter_code
    where monthly.counting_method = 'full'

)

select * from bi_month
