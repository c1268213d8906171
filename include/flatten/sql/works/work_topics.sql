-- One row a topic of a work; the primary topic is among them even where the source's list forgets it.
with

listed as (
    select
        short_id(id, 'W') as work_id,
        short_id(primary_topic.id, 'T') as primary_topic_id,
        unnest(list_append(coalesce(topics, []), primary_topic)) as topic,
        generate_subscripts(list_append(coalesce(topics, []), primary_topic), 1) as topic_index
    from record
)

select
    work_id,
    topic_index,
    short_id(topic.id, 'T') as topic_id,
    plain_text(topic.display_name) as topic_name,
    topic.score as score,
    last_part(topic.subfield.id) as subfield_id,
    plain_text(topic.subfield.display_name) as subfield_name,
    last_part(topic.field.id) as field_id,
    plain_text(topic.field.display_name) as field_name,
    last_part(topic.domain.id) as domain_id,
    coalesce(short_id(topic.id, 'T') = primary_topic_id, false) as is_primary
from listed
where topic_id is not null
-- repeated topics broke other people's loads; the first stays
qualify row_number() over (partition by work_id, topic_id order by topic_index) = 1
