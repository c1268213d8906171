-- Work x listed body x how an institution of the work links it: that is the body, or a part of it. The evidence is the
-- institution.
with

work_institutions as (

    select * from {{ ref('int_work_institutions') }}
    where {{ of_slice() }}

),

int_institution_links as (

    select
        work_institutions.work_id,
        institution_bodies.body_id,
        institution_bodies.link_method,
        work_institutions.institution_id as evidence
    from work_institutions
    inner join {{ ref('int_institution_bodies') }} as institution_bodies
        on work_institutions.institution_id = institution_bodies.institution_id

)

select * from int_institution_links
