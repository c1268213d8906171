-- What keeps a tombstone out of the typed tables: one that does not say which record is gone, and why.
select
    row_id,
    record_id,
    fault.reason_code,
    fault.reason
from (
    select
        rowid as row_id,
        left(id, 100) as record_id,
        case
            when not coalesce(regexp_full_match(trim(id), '[A-Za-z]\d+'), false)
                then {'reason_code': 'malformed_id', 'reason': 'the tombstone does not name a record'}
            when not coalesce(entity in ('works', 'funders', 'institutions', 'topics'), false)
                then {'reason_code': 'unknown_entity', 'reason': 'the tombstone does not say of what its record is'}
            when not coalesce(reason in ('deleted', 'merged', 'out_of_scope'), false)
                then {'reason_code': 'unknown_reason', 'reason': 'the tombstone does not say why its record is gone'}
            when row_number() over (partition by upper(trim(id)) order by page_file, line_number) > 1
                then {'reason_code': 'duplicate_same', 'reason': 'the batch holds another tombstone of this record'}
        end as fault
    from record
)
where fault is not null
