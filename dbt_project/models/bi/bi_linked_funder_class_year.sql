-- Reporter x year x class of funders x definition x listing basis, every combination: who pays for what is linked.
with

reporter_years as (

    {{ reporter_years() }}

),

funding as (

    select * from {{ ref('mart_military_funding') }}

),

of_class as (

    select * from {{ ref('mart_funding_by_class') }}

),

links as (

    select * from {{ ref('mart_linked_papers') }}

),

bi_linked_funder_class_year as (

    select
        {{ reporter_year_columns('reporter_years') }},
        classes.funder_class,
        classes.funder_class_name,
        classes.class_order as funder_class_order,
        definitions.definition_code,
        definitions.definition_name,
        definitions.definition_order,
        bases.listing_basis,
        bases.basis_name,
        coalesce(funding.papers, 0) as papers,
        coalesce(of_class.papers, 0) as papers_of_class,
        coalesce(of_any.papers, 0) as linked_papers_with_funding,
        coalesce(links.military_linked_papers, 0) as linked_papers,
        reporter_years.is_complete_year
    from reporter_years
    cross join {{ ref('dim_funder_class') }} as classes
    cross join {{ ref('dim_military_definition') }} as definitions
    cross join {{ ref('dim_listing_basis') }} as bases
    left join funding
        on reporter_years.reporter_code = funding.reporter_code
            and reporter_years.publication_year = funding.publication_year
            and classes.funder_class = funding.funder_class
            and definitions.definition_code = funding.definition_code
            and bases.listing_basis = funding.listing_basis
    left join funding as of_any
        on reporter_years.reporter_code = of_any.reporter_code
            and reporter_years.publication_year = of_any.publication_year
            and of_any.funder_class = 'ALL'
            and definitions.definition_code = of_any.definition_code
            and bases.listing_basis = of_any.listing_basis
    left join of_class
        on reporter_years.reporter_code = of_class.reporter_code
            and reporter_years.publication_year = of_class.publication_year
            and classes.funder_class = of_class.funder_class
    left join links
        on reporter_years.reporter_code = links.reporter_code
            and reporter_years.publication_year = links.publication_year
            and definitions.definition_code = links.definition_code
            and bases.listing_basis = links.listing_basis

)

select * from bi_linked_funder_class_year
