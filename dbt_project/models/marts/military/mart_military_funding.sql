-- The joint table: reporter x year x nested definition x listing basis x class of funders. How much of what is linked to
-- listed bodies is paid for by whom, and how much of what a class pays for is linked.
with

linkages as (

    select * from {{ ref('int_military_linkages') }}
    where is_linked

),

-- any funder at all, and each class
paid as (

    select distinct
        funder_set_key,
        {{ each_of(list_of(["'ALL'", 'funder_class'])) }} as funder_class
    from {{ ref('int_funder_set_classes') }}

),

labels as (

    select
        funder_class,
        funder_class_name
    from {{ source('reference', 'funder_class_labels') }}
    union all
    select
        'ALL' as funder_class,
        'Any funder' as funder_class_name

),

-- those that are not linked at all have no linkage
alike as (

    {{ papers_alike(['funder_set_key', 'linkage_set_key']) }}

),

paid_counts_of_alike as (

    select
        alike.reporter_code,
        alike.reporter_name,
        alike.publication_year,
        paid.funder_class,
        alike.linkage_set_key,
        sum(alike.papers) as papers
    from alike
    inner join paid on alike.funder_set_key = paid.funder_set_key
    group by alike.reporter_code, alike.reporter_name, alike.publication_year, paid.funder_class, alike.linkage_set_key

),

-- of all joint papers, linked or not
paid_papers as (

    select
        reporter_code,
        publication_year,
        funder_class,
        cast(sum(papers) as bigint) as papers_of_class
    from paid_counts_of_alike
    group by reporter_code, publication_year, funder_class

),

linked_papers as (

    select
        alike.reporter_code,
        alike.publication_year,
        linkages.definition_code,
        linkages.definition_order,
        linkages.listing_basis,
        cast(sum(alike.papers) as bigint) as military_linked_papers
    from alike
    inner join linkages on alike.linkage_set_key = linkages.linkage_set_key
    group by
        alike.reporter_code,
        alike.publication_year,
        linkages.definition_code,
        linkages.definition_order,
        linkages.listing_basis

),

funded_links as (

    select
        paid_counts_of_alike.reporter_code,
        paid_counts_of_alike.reporter_name,
        paid_counts_of_alike.publication_year,
        linkages.definition_code,
        linkages.listing_basis,
        paid_counts_of_alike.funder_class,
        cast(sum(paid_counts_of_alike.papers) as bigint) as papers
    from paid_counts_of_alike
    inner join linkages on paid_counts_of_alike.linkage_set_key = linkages.linkage_set_key
    group by
        paid_counts_of_alike.reporter_code,
        paid_counts_of_alike.reporter_name,
        paid_counts_of_alike.publication_year,
        linkages.definition_code,
        linkages.listing_basis,
        paid_counts_of_alike.funder_class

),

with_funding as (

    select * from funded_links
    where funder_class = 'ALL'

),

mart_military_funding as (

    select
        funded_links.reporter_code,
        funded_links.reporter_name,
        funded_links.publication_year,
        funded_links.definition_code,
        linked_papers.definition_order,
        funded_links.listing_basis,
        funded_links.funder_class,
        coalesce(labels.funder_class_name, funded_links.funder_class) as funder_class_name,
        funded_links.papers,
        with_funding.papers as linked_papers_with_funding,
        linked_papers.military_linked_papers,
        paid_papers.papers_of_class,
        {{ ratio('funded_links.papers', 'with_funding.papers') }} as share_of_linked_papers_with_funding,
        {{ ratio('funded_links.papers', 'paid_papers.papers_of_class') }} as share_of_class_papers,
        {{ ratio('with_funding.papers', 'linked_papers.military_linked_papers') }} as disclosed_share,
        least(with_funding.papers, paid_papers.papers_of_class) < {{ small_cell() }} as is_small_cell
    from funded_links
    inner join linked_papers
        on funded_links.reporter_code = linked_papers.reporter_code
            and funded_links.publication_year = linked_papers.publication_year
            and funded_links.definition_code = linked_papers.definition_code
            and funded_links.listing_basis = linked_papers.listing_basis
    inner join with_funding
        on funded_links.reporter_code = with_funding.reporter_code
            and funded_links.publication_year = with_funding.publication_year
            and funded_links.definition_code = with_funding.definition_code
            and funded_links.listing_basis = with_funding.listing_basis
    inner join paid_papers
        on funded_links.reporter_code = paid_papers.reporter_code
            and funded_links.publication_year = paid_papers.publication_year
            and funded_links.funder_class = paid_papers.funder_class
    left join labels on funded_links.funder_class = labels.funder_class

)

select * from mart_military_funding
