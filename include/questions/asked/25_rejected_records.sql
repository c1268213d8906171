-- question: How many records of works were put aside, of how many?
select
    works_in,
    works_quarantined
from bi_ops_release;

-- held against the facts
select
    (record ->> 'works_in')::bigint as works_in,
    (
        select count(*) from typed.quarantine
        where entity = 'works'
    ) as works_quarantined
from record;
