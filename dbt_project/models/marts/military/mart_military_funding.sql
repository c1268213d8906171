-- Reporter x year x nested definition x listing basis x class of funders, ALL for any funder. Deprecated: the marts that it puts
-- together have one grain each.
{{ config(materialized='view') }}

with

linked_papers as (

    select * from {{ ref('mart_linked_papers') }}

),

of_classes_and_all as (

    select
        reporter_code,
        reporter_name,
        publication_year,
        definition_code,
        definition_order,
        listing_basis,
        funder_class,
        funder_class_name,
        military_linked_papers as papers,
        joint_papers as papers_of_class
    from {{ ref('mart_linked_papers_by_funder_class') }}
    union all
    select
        linked_papers.reporter_code,
        linked_papers.reporter_name,
        linked_papers.publication_year,
        linked_papers.definition_code,
        linked_papers.definition_order,
        linked_papers.listing_basis,
        'ALL' as funder_class,
        'Any funder' as funder_class_name,
        linked_papers.linked_papers_with_funding as papers,
        disclosure.papers_with_funding as papers_of_class
    from linked_papers
    inner join {{ ref('mart_funding_disclosure') }} as disclosure
        on linked_papers.reporter_code = disclosure.reporter_code
            and linked_papers.publication_year = disclosure.publication_year

),

mart_military_funding as (

    select
        paid.reporter_code,
        paid.reporter_name,
        paid.publication_year,
        paid.definition_code,
        paid.definition_order,
        paid.listing_basis,
        paid.funder_class,
        paid.funder_class_name,
        paid.papers,
        linked_papers.linked_papers_with_funding,
        linked_papers.military_linked_papers,
        paid.papers_of_class,
        {{ ratio('paid.papers', 'linked_papers.linked_papers_with_funding') }}
            as share_of_linked_papers_with_funding,
        {{ ratio('paid.papers', 'paid.papers_of_class') }} as share_of_class_papers,
        linked_papers.disclosed_share,
        least(linked_papers.linked_papers_with_funding, paid.papers_of_class) < {{ small_cell() }} as is_small_cell
    from of_classes_and_all as paid
    inner join linked_papers
        on paid.reporter_code = linked_papers.reporter_code
            and paid.publication_year = linked_papers.publication_year
            and paid.definition_code = linked_papers.definition_code
            and paid.listing_basis = linked_papers.listing_basis
    where paid.papers > 0

)

-- no row is there twice: DuckDB before 1.5 loses rows of a view that ends in a union, or reads it for ever
select distinct * from mart_military_funding
