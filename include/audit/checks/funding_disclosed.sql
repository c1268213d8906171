-- severity: warn, fail
-- kind: judgement
-- group: coverage
-- table: mart_funding_sources
-- sentence: At least {limit:.0%} of the joint papers disclose funding.
-- applies: with_funding
-- at_least: funding_disclosed
with

whole as (

    select sum(joint_papers) as papers
    from mart_copublication_trends
    where is_side_a and counting_method = 'full' and work_selection = 'all'

),

funded as (

    select coalesce(sum(sources.papers), 0) as papers
    from mart_funding_sources as sources
    where sources.level = 'any'
        and sources.reporter_code in (
            select reporter_code from reporters
            where is_side_a
        )

)

select funded.papers / whole.papers as share
from funded
cross join whole
