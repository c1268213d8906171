-- One row a record that is gone.
select
    entity,
    upper(trim(id)) as record_id,
    reason,
    upper(trim(merged_into_id)) as merged_into_id,
    cast(evidence as varchar) as evidence,
    utc(seen_at) as seen_at
from record
