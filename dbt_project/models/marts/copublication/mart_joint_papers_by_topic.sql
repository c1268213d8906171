-- Reporter x partner x year x primary topic: topics with joint papers of the reporter in any year, in
-- every year of the scope.
with

topics as (

    select * from {{ ref('dim_topic') }}

),

counts as (

    select * from {{ ref('int_topic_counts') }}
    where topic_id in (select topic_id from topics)

),

dense as (

    {{ joint_papers_by('topic_id') }}

),

mart_joint_papers_by_topic as (

    select
        dense.reporter_code,
        dense.reporter_name,
        dense.partner_code,
        dense.publication_year,
        dense.topic_id,
        topics.topic_name,
        topics.is_sensitive_topic,
        dense.joint_papers,
        dense.reporter_joint_papers,
        {{ ratio('dense.joint_papers', 'dense.reporter_joint_papers') }} as share_of_joint_papers,
        dense.reporter_joint_papers < {{ small_cell() }} as is_small_cell
    from dense
    inner join topics on dense.topic_id = topics.topic_id

)

select * from mart_joint_papers_by_topic
