-- Every record of a batch was typed or put aside with a reason.
select
    batch_id,
    records_in,
    records_typed,
    records_quarantined
from {{ ref('stg_typed__batches') }}
where records_in != records_typed + records_quarantined
