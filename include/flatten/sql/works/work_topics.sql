-- One row a topic of a work; the primary topic is among them even where the source's list forgets it.
with

listed as (
    select
        id,
        primary_topic.id as primary_id,
        unnest(topics) as topic,
        generate_subscripts(topics, 1) as topic_index
    from record
    union all
    select
        id,
        primary_topic.id,
        primary_topic,
        coalesce(len(topics), 0) + 1
    from record
    where primary_topic.id is not null
        and coalesce(list_position(list_transform(topics, lambda topic: topic.id), primary_topic.id), 0) = 0
),

work_topics as (
    select
        short_id(id, 'W') as work_id,
        topic_index,
        named_id(topic.id, 'T') as topic_id,
        plain_text(topic.display_name) as topic_name,
        possible_number(topic.score, 0, 1e6) as score,
        last_part(topic.subfield.id) as subfield_id,
        plain_text(topic.subfield.display_name) as subfield_name,
        last_part(topic.field.id) as field_id,
        plain_text(topic.field.display_name) as field_name,
        last_part(topic.domain.id) as domain_id,
        coalesce(named_id(topic.id, 'T') = named_id(primary_id, 'T'), false) as is_primary
    from listed
)

select *
from work_topics
where topic_id is not null
-- repeated topics broke other people's loads; the first stays
qualify row_number() over (partition by work_id, topic_id order by topic_index) = 1
