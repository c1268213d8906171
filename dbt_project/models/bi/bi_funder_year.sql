-- Reporter x year x funder: funders that joint papers of the reporter disclose in any year, in every year of the scope.
{{ config(materialized='view') }}

with

reporter_years as (

    {{ reporter_years() }}

),

bi_funder_year as (

    select
        {{ reporter_year_columns('reporter_years') }},
        of_funder.funder_id,
        funders.funder_name,
        funders.funder_class,
        funders.funder_class_name,
        funders.funder_country_name,
        of_funder.papers,
        of_funder.papers_with_funding,
        reporter_years.joint_papers,
        reporter_years.is_complete_year
    from reporter_years
    inner join {{ ref('mart_funding_by_funder') }} as of_funder
        on reporter_years.reporter_code = of_funder.reporter_code
            and reporter_years.publication_year = of_funder.publication_year
    inner join {{ ref('bi_funder') }} as funders on of_funder.funder_id = funders.funder_id

)

select * from bi_funder_year
