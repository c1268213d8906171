-- Institution x listed body that it is, by ROR or by OpenAlex id, or is a part of, by lineage.
with

bodies as (

    select * from {{ ref('stg_reference__military_bodies') }}

),

institutions as (

    select * from {{ ref('int_institutions') }}

),

lineage as (

    select * from {{ ref('stg_openalex__institution_lineage') }}

),

bodies_themselves as (

    select
        institutions.institution_id,
        bodies.body_id,
        case when bodies.ror = institutions.ror then 'ror' else 'openalex_id' end as link_method
    from bodies
    inner join institutions
        on bodies.ror = institutions.ror or bodies.institution_id = institutions.institution_id

),

parts as (

    select distinct
        lineage.institution_id,
        bodies_themselves.body_id,
        'lineage' as link_method
    from lineage
    inner join bodies_themselves on lineage.ancestor_id = bodies_themselves.institution_id
    -- of an institution whose works are all gone the lineage may be left
    inner join institutions on lineage.institution_id = institutions.institution_id

),

int_institution_bodies as (

    select
        institution_id,
        body_id,
        link_method
    from bodies_themselves
    union all
    select
        institution_id,
        body_id,
        link_method
    from parts

)

select * from int_institution_bodies
