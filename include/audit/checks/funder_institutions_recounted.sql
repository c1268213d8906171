-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_funder_institutions
-- sentence: Papers of each institution by class and funder, and all that it has, are those counted from the facts anew.
-- applies: always
with

at_institutions as (

    select
        named.institution_id,
        named.work_id
    from fct_work_institutions as named
    inner join fct_works as works on named.work_id = works.work_id and works.is_joint
    inner join dim_institution as institutions on named.institution_id = institutions.institution_id
    where named.is_named
        and institutions.country_code in (
            select country_code from sides
            where role in ('side_a', 'side_b')
        )

),

wholes as (

    select
        at_institutions.institution_id,
        count(*) as joint_papers,
        count(paid.work_id) as papers_with_funding
    from at_institutions
    left join paid_works as paid on paid.level = 'any' and at_institutions.work_id = paid.work_id
    group by at_institutions.institution_id

),

recounted as (

    select
        at_institutions.institution_id,
        paid.level,
        paid.funder_class,
        paid.funder_id,
        count(*) as papers
    from at_institutions
    inner join paid_works as paid on at_institutions.work_id = paid.work_id and paid.level in ('class', 'funder')
    group by at_institutions.institution_id, paid.level, paid.funder_class, paid.funder_id

)

select
    coalesce(mart.institution_id, recounted.institution_id) as institution_id,
    coalesce(mart.level, recounted.level) as level,
    coalesce(mart.funder_class, recounted.funder_class) as funder_class,
    coalesce(mart.funder_id, recounted.funder_id) as funder_id,
    mart.papers,
    recounted.papers as papers_recounted,
    mart.papers_with_funding,
    wholes.papers_with_funding as papers_with_funding_recounted,
    mart.joint_papers,
    wholes.joint_papers as joint_papers_recounted
from mart_funder_institutions as mart
full join recounted
    on mart.institution_id = recounted.institution_id
        and mart.level = recounted.level
        and mart.funder_class = recounted.funder_class
        and mart.funder_id = recounted.funder_id
left join wholes on mart.institution_id = wholes.institution_id
where mart.papers is distinct from recounted.papers
    or mart.papers_with_funding is distinct from wholes.papers_with_funding
    or mart.joint_papers is distinct from wholes.joint_papers
