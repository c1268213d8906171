-- Institution x listed body that it is, or is a part of.
with

bridge_institution_bodies as (

    select
        institution_id,
        body_id,
        link_method
    from {{ ref('int_institution_bodies') }}

)

select * from bridge_institution_bodies
