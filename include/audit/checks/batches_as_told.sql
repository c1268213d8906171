-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_ops_batches
-- sentence: Batches and their counts are those of the typed and the raw manifests.
-- applies: always
select
    coalesce(mart.batch_id, batches.batch_id) as batch_id,
    mart.records_in,
    batches.records_in as records_in_told,
    mart.records_typed,
    batches.records_typed as records_typed_told,
    mart.expected_records,
    raw.expected as expected_told,
    mart.received_records,
    raw.received as received_told
from mart_ops_batches as mart
full join batches on mart.batch_id = batches.batch_id
left join raw_batches as raw on mart.batch_id = raw.batch_id
where mart.entity is distinct from batches.entity
    or mart.data_origin is distinct from batches.data_origin
    or mart.records_in is distinct from batches.records_in
    or mart.records_typed is distinct from batches.records_typed
    or mart.records_quarantined is distinct from batches.records_quarantined
    or mart.expected_records is distinct from raw.expected
    or mart.received_records is distinct from raw.received
    or mart.unchanged_records is distinct from raw.unchanged
    or mart.stored_records is distinct from raw.stored
    or mart.duplicate_records is distinct from raw.duplicates
    or mart.gone_records is distinct from raw.gone
    or mart.requests is distinct from raw.requests
    or mart.credits is distinct from raw.credits
