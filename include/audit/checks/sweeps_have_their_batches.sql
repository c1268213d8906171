-- severity: fail
-- kind: integrity
-- group: completeness
-- table: mart_ops_batches
-- sentence: The batch of the last sweep of every window is there. A window without it is to be swept again.
-- applies: always
select
    entity,
    window_id,
    batch_id
from raw_sweeps
where not has_batch
