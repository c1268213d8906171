-- Reporter x year x class of funders x definition x listing basis, every combination: who pays for what is linked.
{{ config(materialized='view') }}

with

reporter_years as (

    {{ reporter_years() }}

),

funding as (

    select * from {{ ref('mart_military_funding') }}

),

bi_linked_funder_class_year as (

    select
        {{ reporter_year_columns('reporter_years') }},
        of_class.funder_class,
        of_class.funder_class_name,
        classes.class_order as funder_class_order,
        links.definition_code,
        definitions.definition_name,
        definitions.definition_order,
        links.listing_basis,
        bases.basis_name,
        coalesce(funding.papers, 0) as papers,
        of_class.papers as papers_of_class,
        coalesce(of_any.papers, 0) as linked_papers_with_funding,
        links.military_linked_papers as linked_papers,
        reporter_years.is_complete_year
    from reporter_years
    inner join {{ ref('mart_funding_by_class') }} as of_class
        on reporter_years.reporter_code = of_class.reporter_code
            and reporter_years.publication_year = of_class.publication_year
    inner join {{ ref('dim_funder_class') }} as classes on of_class.funder_class = classes.funder_class
    inner join {{ ref('mart_linked_papers') }} as links
        on reporter_years.reporter_code = links.reporter_code
            and reporter_years.publication_year = links.publication_year
    inner join {{ ref('dim_military_definition') }} as definitions
        on links.definition_code = definitions.definition_code
    inner join {{ ref('dim_listing_basis') }} as bases on links.listing_basis = bases.listing_basis
    left join funding
        on links.reporter_code = funding.reporter_code
            and links.publication_year = funding.publication_year
            and links.definition_code = funding.definition_code
            and links.listing_basis = funding.listing_basis
            and of_class.funder_class = funding.funder_class
    left join funding as of_any
        on links.reporter_code = of_any.reporter_code
            and links.publication_year = of_any.publication_year
            and links.definition_code = of_any.definition_code
            and links.listing_basis = of_any.listing_basis
            and of_any.funder_class = 'ALL'

)

select * from bi_linked_funder_class_year
