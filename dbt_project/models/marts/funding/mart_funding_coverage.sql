-- Reporter x year x where it was published: how many joint papers disclose funding, and how their funders were recognised.
with

alike as (

    {{ papers_alike(['publisher_name', 'source_type', 'has_funder_by_id', 'has_recognised_funder']) }}

),

places as (

    select
        *,
        unnest(['all', 'publisher', 'source_type']) as dimension,
        unnest(['ALL', coalesce(publisher_name, 'unknown'), coalesce(source_type, 'unknown')]) as dimension_value
    from alike

),

counts as (

    select
        reporter_code,
        reporter_name,
        publication_year,
        dimension,
        dimension_value,
        sum(papers)::bigint as joint_papers,
        {{ papers_where('has_recognised_funder is not null') }} as papers_with_funding,
        {{ papers_where('has_funder_by_id') }} as papers_with_funder_id,
        {{ papers_where('has_recognised_funder and not has_funder_by_id') }} as papers_recognised_otherwise,
        {{ papers_where('not has_recognised_funder') }} as papers_with_unrecognised_funders
    from places
    group by reporter_code, reporter_name, publication_year, dimension, dimension_value

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
