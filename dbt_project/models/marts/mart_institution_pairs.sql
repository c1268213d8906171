-- Side A institution x side B institution x year.
with

joint_works as (

    select * from {{ ref('fct_works') }}
    where is_joint

),

work_institutions as (

    select
        named.work_id,
        named.institution_id,
        institutions.institution_name,
        institutions.country_code
    from {{ ref('int_work_institutions') }} as named
    inner join {{ ref('dim_institution') }} as institutions on named.institution_id = institutions.institution_id

),

sides as (

    select distinct
        role,
        country_code
    from {{ ref('stg_scope__groups') }}
    where role in ('side_a', 'side_b')

),

of_side_a as (

    select work_institutions.*
    from work_institutions
    inner join sides on work_institutions.country_code = sides.country_code and sides.role = 'side_a'

),

of_side_b as (

    select work_institutions.*
    from work_institutions
    inner join sides on work_institutions.country_code = sides.country_code and sides.role = 'side_b'

),

pairs as (

    select
        of_side_a.institution_id as institution_a_id,
        any_value(of_side_a.institution_name) as institution_a_name,
        any_value(of_side_a.country_code) as institution_a_country_code,
        of_side_b.institution_id as institution_b_id,
        any_value(of_side_b.institution_name) as institution_b_name,
        any_value(of_side_b.country_code) as institution_b_country_code,
        joint_works.publication_year,
        count(*) as joint_papers
    from joint_works
    inner join of_side_a on joint_works.work_id = of_side_a.work_id
    inner join of_side_b on joint_works.work_id = of_side_b.work_id
    group by of_side_a.institution_id, of_side_b.institution_id, joint_works.publication_year

),

over_years as (

    select
        institution_a_id,
        institution_b_id,
        institution_a_country_code,
        sum(joint_papers)::bigint as joint_papers_all_years
    from pairs
    group by institution_a_id, institution_b_id, institution_a_country_code

),

ranked as (

    select
        *,
        row_number() over (
            partition by institution_a_country_code
            order by joint_papers_all_years desc, institution_a_id asc, institution_b_id asc
        ) as rank_in_country_a
    from over_years

),

mart_institution_pairs as (

    select
        pairs.institution_a_id,
        pairs.institution_a_name,
        pairs.institution_a_country_code,
        pairs.institution_b_id,
        pairs.institution_b_name,
        pairs.institution_b_country_code,
        pairs.publication_year,
        pairs.joint_papers,
        ranked.joint_papers_all_years,
        ranked.rank_in_country_a
    from pairs
    inner join ranked
        on pairs.institution_a_id = ranked.institution_a_id and pairs.institution_b_id = ranked.institution_b_id

)

select * from mart_institution_pairs
