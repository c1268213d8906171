-- What keeps a funder, an institution or a topic out of the typed tables: the first fault of each record that has one.
select
    row_id,
    record_id,
    fault.reason_code,
    fault.reason
from (
    select
        rowid as row_id,
        coalesce(short_id(id, getvariable('id_letter')), left(id, 100)) as record_id,
        case
            when coalesce(trim(id), '') = ''
                then {'reason_code': 'no_id', 'reason': 'the ' || getvariable('entity_name') || ' has no id'}
            when short_id(id, getvariable('id_letter')) is null
                then {
                    'reason_code': 'malformed_id',
                    'reason': 'the id is no OpenAlex ' || getvariable('entity_name') || ' id'
                }
        end as fault
    from record
)
where fault is not null
