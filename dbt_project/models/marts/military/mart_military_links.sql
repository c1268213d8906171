-- Reporter x year x nested definition x listing basis x dimension: all, listed body, topic, institution of either side,
-- class of funders.
with

linkage_counts as (

    select * from {{ ref('int_linkage_counts') }}

),

linkages as (

    select * from {{ ref('int_military_linkages') }}

),

-- what shares are taken of
wholes as (

    select
        reporter_code,
        publication_year,
        dimension,
        dimension_id,
        sum(papers)::bigint as joint_papers
    from linkage_counts
    group by reporter_code, publication_year, dimension, dimension_id

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
        sum(linkage_counts.papers)::bigint as papers_with_hospitals
    from linkage_counts
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

names as (

    select
        'all' as dimension,
        'ALL' as dimension_id,
        'All' as dimension_name
    union all
    select
        'topic' as dimension,
        topic_id as dimension_id,
        topic_name as dimension_name
    from {{ ref('dim_topic') }}
    union all
    select
        unnest(['institution_a', 'institution_b']) as dimension,
        institution_id as dimension_id,
        institution_name as dimension_name
    from {{ ref('dim_institution') }}
    union all
    select
        'funder_class' as dimension,
        funder_class as dimension_id,
        funder_class_name as dimension_name
    from {{ source('reference', 'funder_class_labels') }}

),

by_body as (

    select * from {{ ref('int_listed_body_counts') }}

),

counts as (

    select
        by_place.reporter_code,
        by_place.publication_year,
        by_place.definition_code,
        by_place.definition_order,
        by_place.listing_basis,
        by_place.dimension,
        by_place.dimension_id,
        names.dimension_name,
        by_place.military_linked_papers,
        by_place.papers_without_hospitals,
        by_place.papers_with_hospitals,
        wholes.joint_papers
    from by_place
    inner join wholes
        on by_place.reporter_code = wholes.reporter_code
            and by_place.publication_year = wholes.publication_year
            and by_place.dimension = wholes.dimension
            and by_place.dimension_id = wholes.dimension_id
    left join names on by_place.dimension = names.dimension and by_place.dimension_id = names.dimension_id
    union all
    select
        by_body.reporter_code,
        by_body.publication_year,
        by_body.definition_code,
        by_body.definition_order,
        by_body.listing_basis,
        'body' as dimension,
        by_body.body_id as dimension_id,
        by_body.body_name as dimension_name,
        by_body.military_linked_papers,
        by_body.papers_without_hospitals,
        by_body.military_linked_papers as papers_with_hospitals,
        wholes.joint_papers
    from by_body
    inner join wholes
        on by_body.reporter_code = wholes.reporter_code
            and by_body.publication_year = wholes.publication_year
            and wholes.dimension = 'all'

),

reporter_names as (

    select distinct
        reporter_code,
        reporter_name
    from {{ ref('int_reporters') }}

),

mart_military_links as (

    select
        counts.reporter_code,
        reporter_names.reporter_name,
        counts.publication_year,
        counts.definition_code,
        counts.definition_order,
        counts.listing_basis,
        counts.dimension,
        counts.dimension_id,
        coalesce(counts.dimension_name, counts.dimension_id) as dimension_name,
        counts.military_linked_papers,
        counts.papers_without_hospitals,
        counts.papers_with_hospitals,
        counts.joint_papers,
        {{ ratio('counts.military_linked_papers', 'counts.joint_papers') }} as share_of_joint_papers,
        counts.joint_papers < {{ small_cell() }} as is_small_cell
    from counts
    inner join reporter_names on counts.reporter_code = reporter_names.reporter_code

)

select * from mart_military_links
