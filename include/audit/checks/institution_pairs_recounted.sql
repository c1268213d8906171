-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_institution_pairs
-- sentence: Joint papers of each pair of institutions and year are those counted from the facts anew.
-- applies: always
with

named as (

    select
        named.work_id,
        named.institution_id,
        works.publication_year,
        sides.role
    from fct_work_institutions as named
    inner join fct_works as works on named.work_id = works.work_id and works.is_joint
    inner join dim_institution as institutions on named.institution_id = institutions.institution_id
    inner join sides on institutions.country_code = sides.country_code and sides.role in ('side_a', 'side_b')
    where named.is_named

),

recounted as (

    select
        a.institution_id as institution_a_id,
        b.institution_id as institution_b_id,
        a.publication_year,
        count(*) as joint_papers
    from named as a
    inner join named as b on a.work_id = b.work_id and a.role = 'side_a' and b.role = 'side_b'
    group by a.institution_id, b.institution_id, a.publication_year

)

select
    coalesce(pairs.institution_a_id, recounted.institution_a_id) as institution_a_id,
    coalesce(pairs.institution_b_id, recounted.institution_b_id) as institution_b_id,
    coalesce(pairs.publication_year, recounted.publication_year) as publication_year,
    pairs.joint_papers,
    recounted.joint_papers as joint_papers_recounted
from mart_institution_pairs as pairs
full join recounted
    on pairs.institution_a_id = recounted.institution_a_id
        and pairs.institution_b_id = recounted.institution_b_id
        and pairs.publication_year = recounted.publication_year
where pairs.joint_papers is distinct from recounted.joint_papers
