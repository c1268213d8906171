-- severity: fail
-- kind: integrity
-- group: sums
-- table: mart_funding_sources
-- sentence: A funder has no more papers than its class, a class than all funders, and both sides together than either.
-- applies: always
with

parts as (

    select
        funders.reporter_code,
        funders.publication_year,
        funders.funder_id as part,
        funders.papers,
        classes.papers as papers_of_whole
    from mart_funding_sources as funders
    left join mart_funding_sources as classes
        on classes.level = 'class'
            and funders.reporter_code = classes.reporter_code
            and funders.publication_year = classes.publication_year
            and funders.funder_class = classes.funder_class
    where funders.level = 'funder'
    union all
    select
        classes.reporter_code,
        classes.publication_year,
        classes.funder_class as part,
        classes.papers,
        any_funder.papers as papers_of_whole
    from mart_funding_sources as classes
    left join mart_funding_sources as any_funder
        on any_funder.level = 'any'
            and classes.reporter_code = any_funder.reporter_code
            and classes.publication_year = any_funder.publication_year
    where classes.level = 'class'
    union all
    select
        both_sides.reporter_code,
        both_sides.publication_year,
        'both sides, of ' || sides.funder_class as part,
        both_sides.papers,
        sides.papers as papers_of_whole
    from mart_funding_sources as both_sides
    inner join mart_funding_sources as sides
        on sides.level = 'side'
            and both_sides.reporter_code = sides.reporter_code
            and both_sides.publication_year = sides.publication_year
    where both_sides.level = 'joint'

)

select
    reporter_code,
    publication_year,
    part,
    papers,
    papers_of_whole
from parts
where not coalesce(papers <= papers_of_whole, false)
