-- severity: fail
-- kind: integrity
-- group: recounts
-- table: fct_work_military_links
-- sentence: Works that name the institution of a listed body, or a part of it, are linked to the body, and no others by institution.
-- applies: always
with

body_institutions as (

    select distinct
        bodies.body_id,
        institutions.institution_id
    from dim_military_body as bodies
    inner join reference.military_bodies as seed on bodies.body_id = seed.body_id
    inner join dim_institution as institutions
        on bodies.ror = institutions.ror or seed.openalex_id = institutions.institution_id

),

recounted as (

    select distinct
        named.work_id,
        body_institutions.body_id
    from fct_work_institutions as named
    inner join body_institutions on named.institution_id = body_institutions.institution_id

),

linked as (

    select distinct
        work_id,
        body_id
    from fct_work_military_links
    where link_method in ('ror', 'openalex_id', 'lineage')

)

select
    coalesce(linked.work_id, recounted.work_id) as work_id,
    coalesce(linked.body_id, recounted.body_id) as body_id,
    linked.work_id is not null as is_linked,
    recounted.work_id is not null as names_the_institution
from linked
full join recounted on linked.work_id = recounted.work_id and linked.body_id = recounted.body_id
where linked.work_id is null or recounted.work_id is null
