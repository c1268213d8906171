-- Reporter x year x funder: funders that joint papers of the reporter disclose in any year, in every year of the scope.
with

reporter_years as (

    {{ reporter_years() }}

),

sources as (

    select * from {{ ref('mart_funding_sources') }}
    where level in ('any', 'funder')

),

reporter_funders as (

    select distinct
        reporter_code,
        funder_id
    from sources
    where level = 'funder'

),

bi_funder_year as (

    select
        {{ reporter_year_columns('reporter_years') }},
        reporter_funders.funder_id,
        funders.funder_name,
        funders.funder_class,
        funders.funder_class_name,
        funders.funder_country_name,
        coalesce(of_funder.papers, 0) as papers,
        coalesce(of_any.papers, 0) as papers_with_funding,
        reporter_years.joint_papers,
        reporter_years.is_complete_year
    from reporter_years
    inner join reporter_funders on reporter_years.reporter_code = reporter_funders.reporter_code
    inner join {{ ref('bi_funder') }} as funders on reporter_funders.funder_id = funders.funder_id
    left join sources as of_funder
        on reporter_years.reporter_code = of_funder.reporter_code
            and reporter_years.publication_year = of_funder.publication_year
            and of_funder.level = 'funder'
            and reporter_funders.funder_id = of_funder.funder_id
    left join sources as of_any
        on reporter_years.reporter_code = of_any.reporter_code
            and reporter_years.publication_year = of_any.publication_year
            and of_any.level = 'any'

)

select * from bi_funder_year
