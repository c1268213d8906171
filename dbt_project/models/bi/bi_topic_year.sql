-- Reporter x topic x year: topics with joint papers of the reporter in any year, in every year of the scope.
{{ config(materialized='view') }}

with

reporter_years as (

    {{ reporter_years() }}

),

-- a topic without linked papers of the reporter in any year has none here
links as (

    select
        reporter_code,
        publication_year,
        topic_id,
        max(case when definition_code = 'any_list' then military_linked_papers end) as linked_any_list,
        max(case when definition_code = 'plus_seven_sons' then military_linked_papers end) as linked_seven_sons
    from {{ ref('mart_linked_papers_by_topic') }}
    where listing_basis = 'today'
    group by reporter_code, publication_year, topic_id

),

bi_topic_year as (

    select
        {{ reporter_year_columns('reporter_years') }},
        topic_papers.topic_id,
        topics.topic_name,
        topics.subfield_name,
        topics.field_name,
        topics.is_sensitive_topic,
        topics.sensitive_label,
        topic_papers.joint_papers,
        coalesce(links.linked_any_list, 0) as linked_any_list,
        coalesce(links.linked_seven_sons, 0) as linked_seven_sons,
        reporter_years.joint_papers as reporter_joint_papers,
        reporter_years.is_complete_year
    from reporter_years
    inner join {{ ref('mart_joint_papers_by_topic') }} as topic_papers
        on reporter_years.reporter_code = topic_papers.reporter_code
            and reporter_years.publication_year = topic_papers.publication_year
    inner join {{ ref('dim_topic') }} as topics on topic_papers.topic_id = topics.topic_id
    left join links
        on topic_papers.reporter_code = links.reporter_code
            and topic_papers.publication_year = links.publication_year
            and topic_papers.topic_id = links.topic_id

)

select * from bi_topic_year
