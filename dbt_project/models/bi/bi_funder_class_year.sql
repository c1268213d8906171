-- Reporter x year x class of funders, every year of the scope and every class.
{{ config(materialized='view') }}

with

reporter_years as (

    {{ reporter_years() }}

),

bi_funder_class_year as (

    select
        {{ reporter_year_columns('reporter_years') }},
        of_class.funder_class,
        of_class.funder_class_name,
        classes.class_order as funder_class_order,
        of_class.papers,
        of_class.papers_with_funding,
        reporter_years.joint_papers,
        reporter_years.is_complete_year
    from reporter_years
    inner join {{ ref('mart_funding_by_class') }} as of_class
        on reporter_years.reporter_code = of_class.reporter_code
            and reporter_years.publication_year = of_class.publication_year
    inner join {{ ref('dim_funder_class') }} as classes on of_class.funder_class = classes.funder_class

)

select * from bi_funder_class_year
