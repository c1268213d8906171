-- Work x listed body x how an institution of the work links it: that is the body by ROR or by OpenAlex id, or is a part of it
-- by lineage. The evidence is the institution.
with

bodies as (

    select * from {{ ref('stg_reference__military_bodies') }}

),

institutions as (

    select * from {{ ref('int_institutions') }}

),

work_institutions as (

    select * from {{ ref('int_work_institutions') }}
    where {{ of_slice() }}

),

lineage as (

    select * from {{ ref('stg_openalex__institution_lineage') }}

),

body_institutions as (

    select
        bodies.body_id,
        institutions.institution_id,
        case when bodies.ror = institutions.ror then 'ror' else 'openalex_id' end as link_method
    from bodies
    inner join institutions
        on bodies.ror = institutions.ror or bodies.institution_id = institutions.institution_id

),

by_institution as (

    select
        work_institutions.work_id,
        body_institutions.body_id,
        body_institutions.link_method,
        work_institutions.institution_id as evidence
    from work_institutions
    inner join body_institutions on work_institutions.institution_id = body_institutions.institution_id

),

by_lineage as (

    select
        work_institutions.work_id,
        body_institutions.body_id,
        'lineage' as link_method,
        work_institutions.institution_id as evidence
    from work_institutions
    inner join lineage on work_institutions.institution_id = lineage.institution_id
    inner join body_institutions on lineage.ancestor_id = body_institutions.institution_id

),

int_institution_links as (

    select
        work_id,
        body_id,
        link_method,
        evidence
    from by_institution
    union all
    select
        work_id,
        body_id,
        link_method,
        evidence
    from by_lineage

)

select * from int_institution_links
