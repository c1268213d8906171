-- severity: fail
-- kind: integrity
-- group: sums
-- table: bi_funding_mix
-- sentence: The five classes of who pays add up to the joint papers of each reporter and year, and those of one side and of
--     both sides to the papers with funders of that side.
-- applies: always
with

sums as (

    select
        reporter_code,
        publication_year,
        sum(papers) as papers,
        sum(papers) filter (where funding_mix in ('only_side_b', 'both_sides')) as papers_of_side_b,
        sum(papers) filter (where funding_mix in ('only_side_a', 'both_sides')) as papers_of_side_a,
        max(joint_papers) as joint_papers
    from bi_funding_mix
    group by reporter_code, publication_year

),

figures as (

    select * from bi_reporter_year
    union all by name
    select * from bi_side_year

)

select
    sums.*,
    figures.papers_with_side_b_funder,
    figures.papers_with_side_a_funder
from figures
left join sums on figures.reporter_code = sums.reporter_code and figures.publication_year = sums.publication_year
where not coalesce(
        sums.papers = figures.joint_papers
        and sums.papers_of_side_b = figures.papers_with_side_b_funder
        and sums.papers_of_side_a = figures.papers_with_side_a_funder,
        false
    )
