-- Reporter x year x where it was published: how many joint papers disclose funding, and how their funders were recognised.
with

joint_papers as (

    select * from {{ ref('int_joint_papers') }}

),

works as (

    select * from {{ ref('fct_works') }}

),

reporters as (

    select distinct
        reporter_code,
        reporter_name
    from {{ ref('int_reporters') }}

),

funded as (

    select
        work_id,
        bool_or(recognised_by = 'funder_id') as is_by_id,
        bool_or(recognised_by != 'none') as is_recognised
    from {{ ref('fct_work_funding') }}
    group by work_id

),

places as (

    select
        work_id,
        'all' as dimension,
        'ALL' as dimension_value
    from works
    union all
    select
        work_id,
        'publisher',
        coalesce(publisher_name, 'unknown')
    from works
    union all
    select
        work_id,
        'source_type',
        coalesce(source_type, 'unknown')
    from works

),

counts as (

    select
        joint_papers.reporter_code,
        joint_papers.publication_year,
        places.dimension,
        places.dimension_value,
        count(*) as joint_papers,
        count(funded.work_id) as papers_with_funding,
        count(*) filter (where funded.is_by_id) as papers_with_funder_id,
        count(*) filter (where funded.is_recognised and not funded.is_by_id) as papers_recognised_otherwise,
        count(*) filter (where not funded.is_recognised) as papers_with_unrecognised_funders
    from joint_papers
    inner join places on joint_papers.work_id = places.work_id
    left join funded on joint_papers.work_id = funded.work_id
    group by
        joint_papers.reporter_code,
        joint_papers.publication_year,
        places.dimension,
        places.dimension_value

),

mart_funding_coverage as (

    select
        counts.reporter_code,
        reporters.reporter_name,
        counts.publication_year,
        counts.dimension,
        counts.dimension_value,
        counts.joint_papers,
        counts.papers_with_funding,
        counts.papers_with_funder_id,
        counts.papers_recognised_otherwise,
        counts.papers_with_unrecognised_funders,
        {{ ratio('counts.papers_with_funding', 'counts.joint_papers') }} as disclosed_share,
        counts.joint_papers < {{ small_cell() }} as is_small_cell
    from counts
    inner join reporters on counts.reporter_code = reporters.reporter_code

)

select * from mart_funding_coverage
