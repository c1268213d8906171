-- One row a topic.
select
    short_id(record.id, 'T') as topic_id,
    plain_text(display_name) as topic_name,
    last_part(subfield.id) as subfield_id,
    plain_text(subfield.display_name) as subfield_name,
    last_part(field.id) as field_id,
    plain_text(field.display_name) as field_name,
    last_part(domain.id) as domain_id,
    plain_text(domain.display_name) as domain_name,
    possible_count(works_count) as works_count,
    utc(updated_date) as updated_at,
    content_hash.content_hash
from record
left join content_hash on content_hash.id = short_id(record.id, 'T')
