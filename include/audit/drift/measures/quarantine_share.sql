-- kind: share
-- table: run
-- sentence: Hardly more or fewer records of works than before are put aside in quarantine.
select
    'works' as entity,
    works_quarantined / nullif(works_in, 0) as value,
    works_in as base
from release_run
