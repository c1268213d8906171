-- Reporter x year x funders: any, of each side, of both sides, by class, by funder.
with

joint_papers as (

    select * from {{ ref('int_joint_papers') }}

),

reporters as (

    select distinct
        reporter_code,
        reporter_name
    from {{ ref('int_reporters') }}

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

sides as (

    select
        funding.work_id,
        sides.role,
        sides.side_code,
        sides.side_name
    from funding
    inner join {{ ref('int_funder_sides') }} as sides on funding.funder_id = sides.funder_id

),

-- one row a work and thing counted, so that a paper with three funders of a class counts once for the class
disclosed as (

    select distinct
        work_id,
        'any' as level,
        'ALL' as funder_class,
        'ALL' as funder_id,
        'Any funder' as funder_name
    from funding
    union all
    select distinct
        work_id,
        'side',
        side_code,
        'ALL',
        'Funders of ' || side_name
    from sides
    union all
    select
        work_id,
        'joint',
        'ALL',
        'ALL',
        'Funders of both sides'
    from sides
    group by work_id
    having count(distinct role) = 2
    union all
    select distinct
        work_id,
        'class',
        funder_class,
        'ALL',
        funder_class_name
    from funding
    union all
    select distinct
        work_id,
        'funder',
        funder_class,
        funder_id,
        funder_name
    from funding

),

counts as (

    select
        joint_papers.reporter_code,
        joint_papers.publication_year,
        disclosed.level,
        disclosed.funder_class,
        disclosed.funder_id,
        any_value(disclosed.funder_name) as funder_name,
        count(*) as papers
    from joint_papers
    inner join disclosed on joint_papers.work_id = disclosed.work_id
    group by
        joint_papers.reporter_code,
        joint_papers.publication_year,
        disclosed.level,
        disclosed.funder_class,
        disclosed.funder_id

),

all_papers as (

    select
        reporter_code,
        publication_year,
        count(*) as joint_papers
    from joint_papers
    group by reporter_code, publication_year

),

mart_funding_sources as (

    select
        counts.reporter_code,
        reporters.reporter_name,
        counts.publication_year,
        counts.level,
        counts.funder_class,
        counts.funder_id,
        counts.funder_name,
        counts.papers,
        any_funder.papers as papers_with_funding,
        all_papers.joint_papers,
        {{ ratio('counts.papers', 'any_funder.papers') }} as share_of_papers_with_funding,
        {{ ratio('any_funder.papers', 'all_papers.joint_papers') }} as disclosed_share,
        any_funder.papers < {{ small_cell() }} as is_small_cell
    from counts
    inner join counts as any_funder
        on counts.reporter_code = any_funder.reporter_code
            and counts.publication_year = any_funder.publication_year
            and any_funder.level = 'any'
    inner join all_papers
        on counts.reporter_code = all_papers.reporter_code and counts.publication_year = all_papers.publication_year
    inner join reporters on counts.reporter_code = reporters.reporter_code

)

select * from mart_funding_sources
