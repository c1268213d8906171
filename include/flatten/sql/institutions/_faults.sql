-- What keeps a record out of the typed tables: the first fault of each record that has one.
select
    row_id,
    record_id,
    fault.reason_code,
    fault.reason
from (
    select
        rowid as row_id,
        coalesce(short_id(id, 'I'), left(id, 100)) as record_id,
        case
            when coalesce(trim(id), '') = ''
                then {'reason_code': 'no_id', 'reason': 'the institution has no id'}
            when short_id(id, 'I') is null
                then {'reason_code': 'malformed_id', 'reason': 'the id is no OpenAlex institution id'}
        end as fault
    from record
)
where fault is not null
