-- Reporter x year x where it was published: how many joint papers disclose funding, and how their funders were recognised.
with

joint_works as (

    select * from {{ ref('int_joint_works') }}

),

reporter_sets as (

    select * from {{ ref('int_reporter_sets') }}

),

-- papers that are alike are counted first
alike as (

    select
        reporters,
        publication_year,
        coalesce(publisher_name, 'unknown') as publisher_name,
        coalesce(source_type, 'unknown') as source_type,
        funders is not null as has_funder,
        has_funder_by_id,
        has_recognised_funder,
        count(*) as papers
    from joint_works
    group by all

),

places as (

    select
        *,
        unnest(['all', 'publisher', 'source_type']) as dimension,
        unnest(['ALL', publisher_name, source_type]) as dimension_value
    from alike

),

counts_of_reporters as (

    select
        reporter_sets.reporter_code,
        reporter_sets.reporter_name,
        places.publication_year,
        places.dimension,
        places.dimension_value,
        sum(places.papers) as joint_papers,
        sum(places.papers) filter (where places.has_funder) as papers_with_funding,
        sum(places.papers) filter (where places.has_funder_by_id) as papers_with_funder_id,
        sum(places.papers) filter (where places.has_recognised_funder and not places.has_funder_by_id)
            as papers_recognised_otherwise,
        sum(places.papers) filter (where not places.has_recognised_funder) as papers_with_unrecognised_funders
    from places
    inner join reporter_sets on places.reporters = reporter_sets.reporters
    group by
        reporter_sets.reporter_code,
        reporter_sets.reporter_name,
        places.publication_year,
        places.dimension,
        places.dimension_value

),

counts as (

    select
        reporter_code,
        reporter_name,
        publication_year,
        dimension,
        dimension_value,
        joint_papers::bigint as joint_papers,
        coalesce(papers_with_funding, 0)::bigint as papers_with_funding,
        coalesce(papers_with_funder_id, 0)::bigint as papers_with_funder_id,
        coalesce(papers_recognised_otherwise, 0)::bigint as papers_recognised_otherwise,
        coalesce(papers_with_unrecognised_funders, 0)::bigint as papers_with_unrecognised_funders
    from counts_of_reporters

),

mart_funding_coverage as (

    select
        counts.reporter_code,
        counts.reporter_name,
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

)

select * from mart_funding_coverage
