-- Institution of either side x set of funders: joint papers of all years, those without funders among them.
with

institutions as (

    select institutions.institution_id
    from {{ ref('int_institutions') }} as institutions
    inner join {{ ref('stg_scope__groups') }} as sides
        on institutions.country_code = sides.country_code and sides.role in ('side_a', 'side_b')

),

int_institution_funder_sets as (

    select
        work_institutions.institution_id,
        joint_works.funder_set_key,
        count(*) as papers
    from {{ ref('int_work_institutions') }} as work_institutions
    inner join institutions on work_institutions.institution_id = institutions.institution_id
    inner join {{ ref('int_joint_works') }} as joint_works on work_institutions.work_id = joint_works.work_id
    group by work_institutions.institution_id, joint_works.funder_set_key

)

select * from int_institution_funder_sets
