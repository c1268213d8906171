-- severity: fail
-- kind: integrity
-- group: recounts
-- table: fct_work_funding
-- sentence: Every funder that a work names by id in its typed batch is a funder of the work, and no other is said to be.
-- applies: always
with

disclosed as (

    select
        batch_id,
        work_id,
        funder_id
    from typed.work_funders
    union all
    select
        batch_id,
        work_id,
        funder_id
    from typed.work_awards

),

named as (

    select distinct
        disclosed.work_id,
        disclosed.funder_id
    from disclosed
    inner join fct_works as works on disclosed.work_id = works.work_id and disclosed.batch_id = works.batch_id
    where disclosed.funder_id is not null

)

select
    coalesce(facts.work_id, named.work_id) as work_id,
    coalesce(facts.funder_id, named.funder_id) as funder_id,
    facts.recognised_by,
    named.work_id is not null as is_named
from fct_work_funding as facts
full join named on facts.work_id = named.work_id and facts.funder_id = named.funder_id
where (facts.recognised_by is not distinct from 'funder_id') != (named.work_id is not null)
