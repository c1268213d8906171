-- What keeps a count out of the typed tables: an answer that does not say what was asked, or the same answer twice.
select
    row_id,
    record_id,
    fault.reason_code,
    fault.reason
from (
    select
        rowid as row_id,
        to_json(query) as record_id,
        case
            when query.kind is null
                then {'reason_code': 'no_query', 'reason': 'the answer does not say which query it answers'}
            when query.kind not in ('country', 'partner', 'group', 'group_partner', 'world')
                then {'reason_code': 'unknown_kind', 'reason': 'no such kind of count: ' || query.kind}
            when query.kind in ('country', 'partner') and query.year is null
                then {'reason_code': 'no_year', 'reason': 'a count by country must say of which year it is'}
            when query.kind not in ('country', 'partner') and query.group_code is null
                then {'reason_code': 'no_group', 'reason': 'a count by year must say of which countries it is'}
            when group_by is null
                then {'reason_code': 'no_counts', 'reason': 'the answer has no list of counts'}
            when len(list_filter(group_by, lambda answer: answer.count < 0)) > 0
                then {'reason_code': 'impossible_count', 'reason': 'the answer counts fewer than 0 papers'}
            when row_number() over (partition by query order by page_file, line_number) > 1
                then {'reason_code': 'duplicate_query', 'reason': 'the batch holds another answer to the same query'}
        end as fault
    from record
)
where fault is not null
