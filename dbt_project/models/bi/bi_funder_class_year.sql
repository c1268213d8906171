-- Reporter x year x class of funders, every year of the scope and every class.
with

reporter_years as (

    {{ reporter_years() }}

),

sources as (

    select * from {{ ref('mart_funding_sources') }}
    where level in ('any', 'class')

),

bi_funder_class_year as (

    select
        {{ reporter_year_columns('reporter_years') }},
        classes.funder_class,
        classes.funder_class_name,
        classes.class_order as funder_class_order,
        coalesce(of_class.papers, 0) as papers,
        coalesce(of_any.papers, 0) as papers_with_funding,
        reporter_years.joint_papers,
        reporter_years.is_complete_year
    from reporter_years
    cross join {{ ref('dim_funder_class') }} as classes
    left join sources as of_class
        on reporter_years.reporter_code = of_class.reporter_code
            and reporter_years.publication_year = of_class.publication_year
            and of_class.level = 'class'
            and classes.funder_class = of_class.funder_class
    left join sources as of_any
        on reporter_years.reporter_code = of_any.reporter_code
            and reporter_years.publication_year = of_any.publication_year
            and of_any.level = 'any'

)

select * from bi_funder_class_year
