-- Reporter x year x nested definition x listing basis x dimension: all, listed body, topic, institution of either side,
-- class of funders. Deprecated: the marts that it puts together have one grain each.
{{ config(materialized='view') }}

with

of_all_dimensions as (

    select
        reporter_code,
        reporter_name,
        publication_year,
        definition_code,
        definition_order,
        listing_basis,
        'all' as dimension,
        'ALL' as dimension_id,
        'All' as dimension_name,
        military_linked_papers,
        papers_without_hospitals,
        papers_with_hospitals,
        joint_papers,
        share_of_joint_papers,
        is_small_cell
    from {{ ref('mart_linked_papers') }}
    union all
    select
        reporter_code,
        reporter_name,
        publication_year,
        definition_code,
        definition_order,
        listing_basis,
        'body' as dimension,
        body_id as dimension_id,
        body_name as dimension_name,
        military_linked_papers,
        papers_without_hospitals,
        papers_with_hospitals,
        joint_papers,
        share_of_joint_papers,
        is_small_cell
    from {{ ref('mart_linked_papers_by_body') }}
    union all
    select
        reporter_code,
        reporter_name,
        publication_year,
        definition_code,
        definition_order,
        listing_basis,
        'topic' as dimension,
        topic_id as dimension_id,
        topic_name as dimension_name,
        military_linked_papers,
        papers_without_hospitals,
        papers_with_hospitals,
        joint_papers,
        share_of_joint_papers,
        is_small_cell
    from {{ ref('mart_linked_papers_by_topic') }}
    union all
    select
        reporter_code,
        reporter_name,
        publication_year,
        definition_code,
        definition_order,
        listing_basis,
        case side when 'side_a' then 'institution_a' else 'institution_b' end as dimension,
        institution_id as dimension_id,
        institution_name as dimension_name,
        military_linked_papers,
        papers_without_hospitals,
        papers_with_hospitals,
        joint_papers,
        share_of_joint_papers,
        is_small_cell
    from {{ ref('mart_linked_papers_by_institution') }}
    union all
    select
        reporter_code,
        reporter_name,
        publication_year,
        definition_code,
        definition_order,
        listing_basis,
        'funder_class' as dimension,
        funder_class as dimension_id,
        funder_class_name as dimension_name,
        military_linked_papers,
        papers_without_hospitals,
        papers_with_hospitals,
        joint_papers,
        share_of_joint_papers,
        joint_papers < {{ small_cell() }} as is_small_cell
    from {{ ref('mart_linked_papers_by_funder_class') }}

),

mart_military_links as (

    select
        reporter_code,
        reporter_name,
        publication_year,
        definition_code,
        definition_order,
        listing_basis,
        dimension,
        dimension_id,
        dimension_name,
        military_linked_papers,
        papers_without_hospitals,
        papers_with_hospitals,
        joint_papers,
        share_of_joint_papers,
        is_small_cell
    from of_all_dimensions
    where papers_with_hospitals > 0

)

-- no row is there twice: DuckDB before 1.5 loses rows of a view that ends in a union, or reads it for ever
select distinct * from mart_military_links
