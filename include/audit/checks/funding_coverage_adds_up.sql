-- severity: fail
-- kind: integrity
-- group: sums
-- table: mart_funding_coverage
-- sentence: Papers by publisher, and by type of source, add up to all, and those are the ones beside the funders.
-- applies: always
with

sums as (

    select
        reporter_code,
        publication_year,
        dimension,
        sum(joint_papers) as papers,
        sum(papers_with_funding) as funded
    from mart_funding_coverage
    group by reporter_code, publication_year, dimension

)

select
    parts.reporter_code,
    parts.publication_year,
    parts.dimension,
    parts.papers,
    parts.funded,
    whole.papers as all_papers,
    whole.funded as all_funded,
    sources.papers as in_sources
from sums as parts
left join sums as whole
    on whole.dimension = 'all'
        and parts.reporter_code = whole.reporter_code
        and parts.publication_year = whole.publication_year
left join mart_funding_sources as sources
    on sources.level = 'any'
        and parts.reporter_code = sources.reporter_code
        and parts.publication_year = sources.publication_year
where not coalesce(
        parts.papers = whole.papers and parts.funded = whole.funded and parts.funded = coalesce(sources.papers, 0),
        false
    )
