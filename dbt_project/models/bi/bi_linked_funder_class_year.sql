-- Reporter x year x class of funders x definition x listing basis, every combination: who pays for what is linked.
{{ config(materialized='view') }}

with

reporter_years as (

    {{ reporter_years() }}

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
        coalesce(linked.military_linked_papers, 0) as papers,
        of_class.papers as papers_of_class,
        links.linked_papers_with_funding,
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
    left join {{ ref('mart_linked_papers_by_funder_class') }} as linked
        on links.reporter_code = linked.reporter_code
            and links.publication_year = linked.publication_year
            and links.definition_code = linked.definition_code
            and links.listing_basis = linked.listing_basis
            and of_class.funder_class = linked.funder_class

)

select * from bi_linked_funder_class_year
