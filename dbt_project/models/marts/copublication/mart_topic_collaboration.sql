-- Reporter x partner x year x (subfield, topic). Deprecated: the marts that it puts together have one grain each.
{{ config(materialized='view') }}

with

of_both_levels as (

    select
        reporter_code,
        reporter_name,
        partner_code,
        publication_year,
        'topic' as level,
        topic_id,
        topic_name,
        is_sensitive_topic,
        joint_papers,
        reporter_joint_papers,
        share_of_joint_papers,
        is_small_cell
    from {{ ref('mart_joint_papers_by_topic') }}
    union all
    select
        reporter_code,
        reporter_name,
        partner_code,
        publication_year,
        'subfield' as level,
        subfield_id as topic_id,
        subfield_name as topic_name,
        false as is_sensitive_topic,
        joint_papers,
        reporter_joint_papers,
        share_of_joint_papers,
        is_small_cell
    from {{ ref('mart_joint_papers_by_subfield') }}

),

mart_topic_collaboration as (

    select
        reporter_code,
        reporter_name,
        partner_code,
        publication_year,
        level,
        topic_id,
        topic_name,
        is_sensitive_topic,
        joint_papers,
        reporter_joint_papers,
        share_of_joint_papers,
        is_small_cell
    from of_both_levels
    where joint_papers > 0

)

-- no row is there twice: DuckDB before 1.5 loses rows of a view that ends in a union, or reads it for ever
select distinct * from mart_topic_collaboration
