-- Reporter x year x listed body x listing basis: bodies with linked joint papers of the reporter in any year, in every year of
-- the scope. Bodies are here once, not once a definition: the widest definition holds them all.
{{ config(materialized='view') }}

with

reporter_years as (

    {{ reporter_years() }}

),

links as (

    select
        reporter_code,
        publication_year,
        listing_basis,
        body_id,
        max(military_linked_papers) as linked_papers
    from {{ ref('mart_linked_papers_by_body') }}
    group by reporter_code, publication_year, listing_basis, body_id

),

bi_linked_body_year as (

    select
        {{ reporter_year_columns('reporter_years') }},
        links.body_id,
        bodies.body_name,
        bodies.category_name,
        bodies.narrowest_definition_code,
        bodies.narrowest_definition_name,
        bodies.lists_today,
        links.listing_basis,
        bases.basis_name,
        links.linked_papers,
        reporter_years.joint_papers,
        reporter_years.is_complete_year
    from reporter_years
    inner join links
        on reporter_years.reporter_code = links.reporter_code
            and reporter_years.publication_year = links.publication_year
    inner join {{ ref('bi_body') }} as bodies on links.body_id = bodies.body_id
    inner join {{ ref('dim_listing_basis') }} as bases on links.listing_basis = bases.listing_basis

)

select * from bi_linked_body_year
