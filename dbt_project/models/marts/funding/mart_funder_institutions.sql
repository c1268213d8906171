-- Institution of either side x funder, and x class of funders: joint papers over all years of the scope.
with

sides as (

    select * from {{ ref('stg_scope__groups') }}
    where role in ('side_a', 'side_b')

),

institutions as (

    select
        institutions.institution_id,
        institutions.institution_name,
        institutions.country_code,
        sides.group_code as side_code
    from {{ ref('dim_institution') }} as institutions
    inner join sides on institutions.country_code = sides.country_code

),

funder_sets as (

    select * from {{ ref('int_funder_sets') }}

),

disclosed as (

    select distinct
        funder_set_key,
        'class' as level,
        funder_class,
        'ALL' as funder_id,
        funder_class_name as funder_name
    from funder_sets
    union all
    select
        funder_set_key,
        'funder',
        funder_class,
        funder_id,
        funder_name
    from funder_sets

),

-- papers paid alike are counted first
alike as (

    select
        work_institutions.institution_id,
        joint_works.funder_set_key,
        count(*) as papers
    from {{ ref('int_work_institutions') }} as work_institutions
    inner join {{ ref('int_joint_works') }} as joint_works on work_institutions.work_id = joint_works.work_id
    group by work_institutions.institution_id, joint_works.funder_set_key

),

counts as (

    select
        alike.institution_id,
        disclosed.level,
        disclosed.funder_class,
        disclosed.funder_id,
        any_value(disclosed.funder_name) as funder_name,
        sum(alike.papers)::bigint as papers
    from alike
    inner join disclosed on alike.funder_set_key = disclosed.funder_set_key
    group by alike.institution_id, disclosed.level, disclosed.funder_class, disclosed.funder_id

),

wholes as (

    select
        institution_id,
        sum(papers)::bigint as joint_papers,
        {{ papers_where('funder_set_key is not null') }} as papers_with_funding
    from alike
    group by institution_id

),

mart_funder_institutions as (

    select
        counts.institution_id,
        institutions.institution_name,
        institutions.country_code,
        institutions.side_code,
        counts.level,
        counts.funder_class,
        counts.funder_id,
        counts.funder_name,
        counts.papers,
        wholes.papers_with_funding,
        wholes.joint_papers,
        {{ ratio('counts.papers', 'wholes.papers_with_funding') }} as share_of_papers_with_funding,
        {{ ratio('wholes.papers_with_funding', 'wholes.joint_papers') }} as disclosed_share,
        wholes.papers_with_funding < {{ small_cell() }} as is_small_cell
    from counts
    inner join institutions on counts.institution_id = institutions.institution_id
    inner join wholes on counts.institution_id = wholes.institution_id

)

select * from mart_funder_institutions
