-- severity: fail
-- kind: integrity
-- group: recounts
-- table: bridge_institution_bodies
-- sentence: Institutions that are a listed body by ROR or id, and their parts, stand with the body, and no others do.
-- applies: always
with

themselves as (

    select
        institutions.institution_id,
        bodies.body_id,
        case when bodies.ror = institutions.ror then 'ror' else 'openalex_id' end as link_method
    from dim_military_body as bodies
    inner join reference.military_bodies as seed on bodies.body_id = seed.body_id
    inner join dim_institution as institutions
        on bodies.ror = institutions.ror or seed.openalex_id = institutions.institution_id

),

recounted as (

    select
        institution_id,
        body_id,
        link_method
    from themselves
    union
    select
        parts.institution_id,
        themselves.body_id,
        'lineage' as link_method
    from bridge_institution_lineage as parts
    inner join themselves on parts.ancestor_id = themselves.institution_id

)

select
    coalesce(told.institution_id, recounted.institution_id) as institution_id,
    coalesce(told.body_id, recounted.body_id) as body_id,
    coalesce(told.link_method, recounted.link_method) as link_method,
    told.body_id is not null as is_in_candidate,
    recounted.body_id is not null as is_recounted
from bridge_institution_bodies as told
full join recounted
    on told.institution_id = recounted.institution_id
        and told.body_id = recounted.body_id
        and told.link_method = recounted.link_method
where told.body_id is null or recounted.body_id is null
