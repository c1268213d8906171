-- Reporter x year x nested definition x listing basis, every combination: joint papers linked to a listed body.
with

reporters as (

    {{ reporter_names() }}

),

years as (

    {{ scope_years() }}

),

definitions as (

    select distinct
        definition_code,
        definition_order
    from {{ ref('stg_reference__military_definitions') }}

),

linked_papers as (

    select * from {{ ref('int_linked_papers') }}
    where dimension = 'all'

),

with_funding as (

    select * from {{ ref('int_linked_papers') }}
    where dimension = 'with_funding'

),

wholes as (

    {{ papers_of_dimension('all') }}

),

counts as (

    select
        reporters.reporter_code,
        reporters.reporter_name,
        years.publication_year,
        definitions.definition_code,
        definitions.definition_order,
        bases.listing_basis,
        coalesce(linked_papers.military_linked_papers, 0) as military_linked_papers,
        coalesce(linked_papers.papers_without_hospitals, 0) as papers_without_hospitals,
        coalesce(linked_papers.papers_with_hospitals, 0) as papers_with_hospitals,
        coalesce(wholes.joint_papers, 0) as joint_papers,
        coalesce(with_funding.military_linked_papers, 0) as linked_papers_with_funding
    from reporters
    cross join years
    cross join definitions
    cross join {{ ref('dim_listing_basis') }} as bases
    left join linked_papers
        on reporters.reporter_code = linked_papers.reporter_code
            and years.publication_year = linked_papers.publication_year
            and definitions.definition_code = linked_papers.definition_code
            and bases.listing_basis = linked_papers.listing_basis
    left join with_funding
        on reporters.reporter_code = with_funding.reporter_code
            and years.publication_year = with_funding.publication_year
            and definitions.definition_code = with_funding.definition_code
            and bases.listing_basis = with_funding.listing_basis
    left join wholes
        on reporters.reporter_code = wholes.reporter_code and years.publication_year = wholes.publication_year

),

mart_linked_papers as (

    select
        {{ linked_by_columns('counts') }},
        {{ linked_count_columns('counts') }},
        counts.linked_papers_with_funding,
        {{ ratio('counts.linked_papers_with_funding', 'counts.military_linked_papers') }} as disclosed_share
    from counts

)

select * from mart_linked_papers
