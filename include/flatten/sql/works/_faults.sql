-- What keeps a work out of the typed tables: the first fault of each record that has one.
select
    row_id,
    record_id,
    fault.reason_code,
    fault.reason
from (
    select
        rowid as row_id,
        coalesce(short_id(id, 'W'), left(id, 100)) as record_id,
        case
            when coalesce(trimmed(id), '') = ''
                then {'reason_code': 'no_id', 'reason': 'the work has no id'}
            when short_id(id, 'W') is null
                then {'reason_code': 'malformed_id', 'reason': 'the id is no OpenAlex work id'}
            when coalesce(trimmed(publication_year), '') = ''
                then {'reason_code': 'no_year', 'reason': 'the work has no publication year'}
            when whole_number(publication_year) is null
                then {'reason_code': 'wrong_type',
                      'reason': 'the publication year is no number: ' || left(publication_year, 40)}
            when whole_number(publication_year) not between 1000 and getvariable('latest_year')
                then {'reason_code': 'impossible_year',
                      'reason': 'the publication year ' || publication_year || ' is not between 1000 and '
                          || getvariable('latest_year')}
            when authorships is null
                then {'reason_code': 'no_authorships', 'reason': 'the work has no list of authorships'}
        end as fault
    from record
)
where fault is not null
