-- severity: warn, fail
-- kind: judgement
-- group: coverage
-- table: fct_works
-- sentence: At least {limit:.0%} of the joint papers print an address, by which listed bodies without a ROR are found.
-- applies: with_enough_papers
-- at_least: addresses_known
with

addressed as (

    select distinct
        batch_id,
        work_id
    from typed.affiliation_strings

)

select count(addressed.work_id) / nullif(count(*), 0)::double as share
from fct_works as works
left join addressed on works.work_id = addressed.work_id and works.batch_id = addressed.batch_id
where works.is_joint
