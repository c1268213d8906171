-- Measure x geography x (topic or its label) x year: joint papers whose primary topic it is.
with

topics as (

    select * from {{ ref('mart_joint_papers_by_topic') }}
    where joint_papers > 0

),

labels as (

    select
        topic_id,
        label
    from {{ source('reference', 'sensitive_topics') }}

),

figure_counts_topics as (

    select
        'papers_of_topic' as measure,
        reporter_code as geography,
        topic_id as counted_of,
        '' as leaving_out,
        publication_year,
        cast(joint_papers as double) as papers
    from topics
    union all
    select
        'papers_of_label' as measure,
        topics.reporter_code as geography,
        labels.label as counted_of,
        '' as leaving_out,
        topics.publication_year,
        cast(sum(topics.joint_papers) as double) as papers
    from topics
    inner join labels on topics.topic_id = labels.topic_id
    group by topics.reporter_code, labels.label, topics.publication_year

)

select * from figure_counts_topics
