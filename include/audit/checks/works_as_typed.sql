-- severity: fail
-- kind: integrity
-- group: recounts
-- table: fct_works
-- sentence: Works are, in every column that comes from their record, what the typed batch says that brought them.
-- applies: always
select
    works.work_id,
    works.batch_id,
    typed.batch_id as batch_that_counts,
    works.publication_year,
    record.publication_year as year_as_typed
from fct_works as works
left join typed_works as typed on works.work_id = typed.work_id
left join typed.works as record on works.work_id = record.work_id and works.batch_id = record.batch_id
where works.batch_id is distinct from typed.batch_id
    or works.doi is distinct from record.doi
    or works.title is distinct from record.title
    or works.publication_year is distinct from record.publication_year
    or works.publication_date is distinct from record.publication_date
    or works.work_type is distinct from record.work_type
    or works.language is distinct from record.language
    or works.is_retracted is distinct from coalesce(record.is_retracted, false)
    or works.is_paratext is distinct from coalesce(record.is_paratext, false)
    or works.authors_count is distinct from record.authors_count
    or works.is_authors_truncated is distinct from record.is_authors_truncated
    or works.primary_topic_id is distinct from record.primary_topic_id
    or works.source_name is distinct from record.source_name
    or works.source_type is distinct from record.source_type
    or works.publisher_name is distinct from record.publisher_name
    or works.cited_by_count is distinct from record.cited_by_count
    or works.fwci is distinct from record.fwci
    or works.referenced_works_count is distinct from record.referenced_works_count
    or works.updated_at is distinct from record.updated_at
