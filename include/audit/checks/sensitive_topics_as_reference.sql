-- severity: fail
-- kind: integrity
-- group: labels
-- table: dim_topic
-- sentence: Topics are sensitive, here and in the marts, just where the reference table names them, under its label.
-- applies: always
with

labels as (

    select
        topic_id,
        min(label) as label
    from reference.sensitive_topics
    group by topic_id

)

select
    topics.topic_id,
    topics.sensitive_label as found,
    labels.label as of_reference
from dim_topic as topics
left join labels on topics.topic_id = labels.topic_id
where topics.sensitive_label is distinct from labels.label
union all
select distinct
    mart.topic_id,
    mart.is_sensitive_topic::varchar as found,
    labels.label as of_reference
from mart_topic_collaboration as mart
left join labels on mart.topic_id = labels.topic_id
where mart.level = 'topic' and mart.is_sensitive_topic != (labels.topic_id is not null)
