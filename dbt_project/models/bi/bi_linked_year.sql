-- Reporter x year x definition x listing basis, every combination: joint papers linked to a listed body.
{{ config(materialized='view') }}

with

reporter_years as (

    {{ reporter_years() }}

),

bi_linked_year as (

    select
        {{ reporter_year_columns('reporter_years') }},
        links.definition_code,
        definitions.definition_name,
        definitions.definition_order,
        links.listing_basis,
        bases.basis_name,
        links.military_linked_papers as linked_papers,
        links.papers_without_hospitals as linked_papers_without_hospitals,
        reporter_years.joint_papers,
        reporter_years.is_complete_year,
        links.is_small_cell
    from reporter_years
    inner join {{ ref('mart_linked_papers') }} as links
        on reporter_years.reporter_code = links.reporter_code
            and reporter_years.publication_year = links.publication_year
    inner join {{ ref('dim_military_definition') }} as definitions
        on links.definition_code = definitions.definition_code
    inner join {{ ref('dim_listing_basis') }} as bases on links.listing_basis = bases.listing_basis

)

select * from bi_linked_year
