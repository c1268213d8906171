-- What keeps a record out of the typed tables: the first fault of each record that has one.
select
    row_id,
    record_id,
    fault.reason_code,
    fault.reason
from (
    select
        rowid as row_id,
        coalesce(short_id(id, 'T'), left(id, 100)) as record_id,
        case
            when coalesce(trim(id), '') = ''
                then {'reason_code': 'no_id', 'reason': 'the topic has no id'}
            when short_id(id, 'T') is null
                then {'reason_code': 'malformed_id', 'reason': 'the id is no OpenAlex topic id'}
        end as fault
    from record
)
where fault is not null
