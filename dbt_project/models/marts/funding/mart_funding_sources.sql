-- Reporter x year x funders: any, of each side, of both sides, by class, by funder.
with

funder_sets as (

    select * from {{ ref('int_funder_sets') }}

),

sides as (

    select
        funder_sets.funder_set_key,
        sides.role,
        sides.side_code,
        sides.side_name
    from funder_sets
    inner join {{ ref('int_funder_sides') }} as sides on funder_sets.funder_id = sides.funder_id

),

-- one row a set of funders and thing counted, so that a paper with three funders of a class counts once for the class
disclosed as (

    select distinct
        funder_set_key,
        'any' as level,
        'ALL' as funder_class,
        'ALL' as funder_id,
        'Any funder' as funder_name
    from funder_sets
    union all
    select distinct
        funder_set_key,
        'side',
        side_code,
        'ALL',
        'Funders of ' || side_name
    from sides
    union all
    select
        funder_set_key,
        'joint',
        'ALL',
        'ALL',
        'Funders of both sides'
    from sides
    group by funder_set_key
    having count(distinct role) = 2
    union all
    select distinct
        funder_set_key,
        'class',
        funder_class,
        'ALL',
        funder_class_name
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

alike as (

    {{ papers_alike(['funder_set_key']) }}

),

counts as (

    select
        alike.reporter_code,
        alike.reporter_name,
        alike.publication_year,
        disclosed.level,
        disclosed.funder_class,
        disclosed.funder_id,
        any_value(disclosed.funder_name) as funder_name,
        sum(alike.papers)::bigint as papers
    from alike
    inner join disclosed on alike.funder_set_key = disclosed.funder_set_key
    group by
        alike.reporter_code,
        alike.reporter_name,
        alike.publication_year,
        disclosed.level,
        disclosed.funder_class,
        disclosed.funder_id

),

all_papers as (

    select
        reporter_code,
        publication_year,
        sum(papers)::bigint as joint_papers
    from alike
    group by reporter_code, publication_year

),

mart_funding_sources as (

    select
        counts.reporter_code,
        counts.reporter_name,
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

)

select * from mart_funding_sources
