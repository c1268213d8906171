-- Reporter x partner x year x subfield of the primary topic: subfields with joint papers of the reporter in any year, in
-- every year of the scope.
with

subfields as (

    select
        subfield_id,
        min(subfield_name) as subfield_name
    from {{ ref('dim_topic') }}
    where subfield_id is not null
    group by subfield_id

),

counts as (

    select
        topic_counts.reporter_code,
        topic_counts.publication_year,
        topics.subfield_id,
        cast(sum(topic_counts.papers) as bigint) as papers
    from {{ ref('int_topic_counts') }} as topic_counts
    inner join {{ ref('dim_topic') }} as topics on topic_counts.topic_id = topics.topic_id
    where topics.subfield_id is not null
    group by topic_counts.reporter_code, topic_counts.publication_year, topics.subfield_id

),

dense as (

    {{ joint_papers_by('subfield_id') }}

),

mart_joint_papers_by_subfield as (

    select
        dense.reporter_code,
        dense.reporter_name,
        dense.partner_code,
        dense.publication_year,
        dense.subfield_id,
        subfields.subfield_name,
        dense.joint_papers,
        dense.reporter_joint_papers,
        {{ ratio('dense.joint_papers', 'dense.reporter_joint_papers') }} as share_of_joint_papers,
        dense.reporter_joint_papers < {{ small_cell() }} as is_small_cell
    from dense
    inner join subfields on dense.subfield_id = subfields.subfield_id

)

select * from mart_joint_papers_by_subfield
