-- Side A institution x side B institution x year.
with

institutions as (

    select
        institutions.institution_id,
        institutions.institution_name,
        institutions.country_code,
        sides.role
    from {{ ref('dim_institution') }} as institutions
    inner join (
        select distinct
            role,
            country_code
        from {{ ref('stg_scope__groups') }}
        where role in ('side_a', 'side_b')
    ) as sides on institutions.country_code = sides.country_code

),

-- institutions of both sides on joint papers
work_institutions as (

    select
        named.work_id,
        named.institution_id,
        institutions.role
    from {{ ref('int_work_institutions') }} as named
    inner join institutions on named.institution_id = institutions.institution_id

),

counts as (

    select
        of_side_a.institution_id as institution_a_id,
        of_side_b.institution_id as institution_b_id,
        joint_works.publication_year,
        count(*) as joint_papers
    from {{ ref('fct_works') }} as joint_works
    inner join work_institutions as of_side_a
        on joint_works.work_id = of_side_a.work_id and of_side_a.role = 'side_a'
    inner join work_institutions as of_side_b
        on joint_works.work_id = of_side_b.work_id and of_side_b.role = 'side_b'
    where joint_works.is_joint
    group by of_side_a.institution_id, of_side_b.institution_id, joint_works.publication_year

),

pairs as (

    select
        counts.institution_a_id,
        side_a.institution_name as institution_a_name,
        side_a.country_code as institution_a_country_code,
        counts.institution_b_id,
        side_b.institution_name as institution_b_name,
        side_b.country_code as institution_b_country_code,
        counts.publication_year,
        counts.joint_papers
    from counts
    inner join institutions as side_a on counts.institution_a_id = side_a.institution_id and side_a.role = 'side_a'
    inner join institutions as side_b on counts.institution_b_id = side_b.institution_id and side_b.role = 'side_b'

),

over_years as (

    select
        institution_a_id,
        institution_b_id,
        institution_a_country_code,
        cast(sum(joint_papers) as bigint) as joint_papers_all_years
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
