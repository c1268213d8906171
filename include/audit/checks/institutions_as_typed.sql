-- severity: fail
-- kind: integrity
-- group: recounts
-- table: fct_work_institutions
-- sentence: Institutions of works, and how many authors name them, are those of the typed batches.
-- applies: always
with

recounted as (

    select
        named.work_id,
        named.institution_id,
        count(distinct named.author_index) as authors
    from typed.authorship_institutions as named
    inner join fct_works as works on named.work_id = works.work_id and named.batch_id = works.batch_id
    where named.institution_id is not null
    group by named.work_id, named.institution_id

),

facts as (

    select * from fct_work_institutions
    where is_named

)

select
    coalesce(facts.work_id, recounted.work_id) as work_id,
    coalesce(facts.institution_id, recounted.institution_id) as institution_id,
    facts.authors,
    recounted.authors as authors_recounted
from facts
full join recounted on facts.work_id = recounted.work_id and facts.institution_id = recounted.institution_id
where facts.authors is distinct from recounted.authors
