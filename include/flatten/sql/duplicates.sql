-- Further copies of a record within the batch. The newest stays (by the source's date, then by place); the others go to
-- quarantine with a reason that says whether anything is lost with them.
with

whole as (
    select
        rowid as row_id,
        short_id(id, getvariable('id_letter')) as record_id,
        *
    from record
    where rowid not in (select row_id from fault)
),

copies as (
    select
        row_id,
        record_id,
        hash({content}) as content,
        row_number() over (
            partition by record_id order by utc(updated_date) desc nulls last, page_file, line_number
        ) as copy_number
    from whole
    where record_id in (select record_id from whole group by record_id having count(*) > 1)
)

select
    other.row_id,
    other.record_id,
    case when other.content = kept.content then 'duplicate_same' else 'duplicate_differs' end as reason_code,
    case when other.content = kept.content
        then 'the batch holds the same record twice; the first is kept'
        else 'the batch holds two versions of this record; the newer is kept'
    end as reason
from copies as other
join copies as kept on kept.record_id = other.record_id and kept.copy_number = 1
where other.copy_number > 1
