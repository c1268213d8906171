-- Reporter x year x definition x listing basis, every combination: joint papers linked to a listed body.
with

reporter_years as (

    {{ reporter_years() }}

),

links as (

    select * from {{ ref('mart_linked_papers') }}

),

bi_linked_year as (

    select
        {{ reporter_year_columns('reporter_years') }},
        definitions.definition_code,
        definitions.definition_name,
        definitions.definition_order,
        bases.listing_basis,
        bases.basis_name,
        coalesce(links.military_linked_papers, 0) as linked_papers,
        coalesce(links.papers_without_hospitals, 0) as linked_papers_without_hospitals,
        reporter_years.joint_papers,
        reporter_years.is_complete_year,
        reporter_years.joint_papers < {{ small_cell() }} as is_small_cell
    from reporter_years
    cross join {{ ref('dim_military_definition') }} as definitions
    cross join {{ ref('dim_listing_basis') }} as bases
    left join links
        on reporter_years.reporter_code = links.reporter_code
            and reporter_years.publication_year = links.publication_year
            and definitions.definition_code = links.definition_code
            and bases.listing_basis = links.listing_basis

)

select * from bi_linked_year
