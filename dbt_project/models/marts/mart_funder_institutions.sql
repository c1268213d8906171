-- Institution of either side x funder, and x class of funders: joint papers over all years of the scope.
with

joint_works as (

    select work_id
    from {{ ref('fct_works') }}
    where is_joint

),

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

papers as (

    select
        work_institutions.institution_id,
        work_institutions.work_id
    from {{ ref('int_work_institutions') }} as work_institutions
    inner join joint_works on work_institutions.work_id = joint_works.work_id

),

funding as (

    select
        work_funding.work_id,
        funders.funder_id,
        funders.funder_name,
        funders.funder_class,
        funders.funder_class_name
    from {{ ref('fct_work_funding') }} as work_funding
    inner join {{ ref('dim_funder') }} as funders on work_funding.funder_id = funders.funder_id

),

disclosed as (

    select distinct
        work_id,
        'class' as level,
        funder_class,
        'ALL' as funder_id,
        funder_class_name as funder_name
    from funding
    union all
    select
        work_id,
        'funder',
        funder_class,
        funder_id,
        funder_name
    from funding

),

counts as (

    select
        papers.institution_id,
        disclosed.level,
        disclosed.funder_class,
        disclosed.funder_id,
        any_value(disclosed.funder_name) as funder_name,
        count(*) as papers
    from papers
    inner join disclosed on papers.work_id = disclosed.work_id
    group by papers.institution_id, disclosed.level, disclosed.funder_class, disclosed.funder_id

),

wholes as (

    select
        papers.institution_id,
        count(*) as joint_papers,
        count(*) filter (where papers.work_id in (select work_id from funding)) as papers_with_funding
    from papers
    group by papers.institution_id

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
