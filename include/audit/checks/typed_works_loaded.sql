-- severity: fail
-- kind: integrity
-- group: completeness
-- table: fct_works
-- sentence: Every work of the typed batches stands in fct_works, and no other.
-- applies: always
select
    coalesce(typed_works.work_id, fct_works.work_id) as work_id,
    typed_works.work_id is not null as is_typed
from typed_works
full join fct_works on typed_works.work_id = fct_works.work_id
where typed_works.work_id is null or fct_works.work_id is null
