-- Reporter x year x nested definition x listing basis x dimension (all, those with funding, listed body, topic, institution of
-- either side, class of funders): joint papers linked to a listed body, where there are any.
with

linkages as (

    select * from {{ ref('int_military_linkages') }}

),

by_place as (

    select
        linkage_counts.reporter_code,
        linkage_counts.publication_year,
        linkages.definition_code,
        linkages.definition_order,
        linkages.listing_basis,
        linkage_counts.dimension,
        linkage_counts.dimension_id,
        {{ papers_where('linkages.is_linked', 'linkage_counts.papers') }} as military_linked_papers,
        {{ papers_where('linkages.is_linked_without_hospitals', 'linkage_counts.papers') }}
            as papers_without_hospitals,
        cast(sum(linkage_counts.papers) as bigint) as papers_with_hospitals
    from {{ ref('int_linkage_counts') }} as linkage_counts
    inner join linkages on linkage_counts.linkage_set_key = linkages.linkage_set_key
    group by
        linkage_counts.reporter_code,
        linkage_counts.publication_year,
        linkages.definition_code,
        linkages.definition_order,
        linkages.listing_basis,
        linkage_counts.dimension,
        linkage_counts.dimension_id

),

int_linked_papers as (

    select
        reporter_code,
        publication_year,
        definition_code,
        definition_order,
        listing_basis,
        dimension,
        dimension_id,
        military_linked_papers,
        papers_without_hospitals,
        papers_with_hospitals
    from by_place
    union all
    select
        reporter_code,
        publication_year,
        definition_code,
        definition_order,
        listing_basis,
        'body' as dimension,
        body_id as dimension_id,
        military_linked_papers,
        papers_without_hospitals,
        military_linked_papers as papers_with_hospitals
    from {{ ref('int_listed_body_counts') }}

)

select * from int_linked_papers
