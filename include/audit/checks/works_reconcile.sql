-- severity: fail
-- kind: integrity
-- group: completeness
-- table: fct_works
-- sentence: Every record of a work that came in is loaded, in quarantine, replaced by a later version, or of a work that
--     vanished; and the works loaded are those of fct_works.
-- applies: always
with

typed as (

    select coalesce(sum(records_typed), 0) as records_typed
    from batches
    where entity = 'works'

),

facts as (

    select count(*) as in_facts from fct_works

)

select
    run.works_in,
    typed.records_typed,
    run.works_quarantined,
    run.works_loaded,
    run.works_replaced,
    run.works_vanished,
    facts.in_facts
from run
cross join typed
cross join facts
where run.works_in != typed.records_typed + run.works_quarantined
    or run.works_loaded != facts.in_facts
    or run.works_in != run.works_loaded + run.works_quarantined + run.works_replaced + run.works_vanished
