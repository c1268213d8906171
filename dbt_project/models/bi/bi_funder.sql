-- Funder, one row each, disclosed in a joint paper, with names, country and side of the scope; all years together.
with

funders as (

    select * from {{ ref('dim_funder') }}

),

countries as (

    select * from {{ ref('dim_country') }}

),

papers as (

    select
        funding.funder_id,
        count(*) as papers,
        min(works.publication_year) as first_year,
        max(works.publication_year) as last_year
    from {{ ref('fct_work_funding') }} as funding
    inner join {{ ref('fct_works') }} as works on funding.work_id = works.work_id
    where works.is_joint
    group by funding.funder_id

),

funder_countries as (

    {{ funder_countries('funders', ref('dim_country_group')) }}

),

sides as (

    select
        funder_countries.funder_id,
        bool_or(countries.side = 'side_a') as is_side_a_funder,
        bool_or(countries.side = 'side_b') as is_side_b_funder
    from funder_countries
    inner join countries on funder_countries.country_code = countries.country_code
    group by funder_countries.funder_id

),

bi_funder as (

    select
        funders.funder_id,
        coalesce(funders.funder_name, funders.funder_id) as funder_name,
        funders.funder_class,
        funders.funder_class_name,
        funders.programme_code,
        programmes.programme_name,
        case when funders.funder_class = 'eu_institution' then 'EU' else funders.country_code end
            as funder_country_code,
        case when funders.funder_class = 'eu_institution' then 'European Union' else countries.country_name end
            as funder_country_name,
        coalesce(sides.is_side_a_funder, false) as is_side_a_funder,
        coalesce(sides.is_side_b_funder, false) as is_side_b_funder,
        papers.papers,
        papers.first_year,
        papers.last_year
    from papers
    inner join funders on papers.funder_id = funders.funder_id
    left join countries on funders.country_code = countries.country_code
    left join sides on papers.funder_id = sides.funder_id
    left join {{ ref('dim_programme') }} as programmes on funders.programme_code = programmes.programme_code

)

select * from bi_funder
