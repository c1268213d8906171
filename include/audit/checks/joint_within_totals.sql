-- severity: fail
-- kind: integrity
-- group: sums
-- table: mart_copublication_trends
-- sentence: In complete years, {enough_papers:.0f} joint papers or more are no more than all papers of either side.
-- applies: always
select
    reporter_code,
    publication_year,
    joint_papers,
    reporter_papers,
    partner_papers
from mart_copublication_trends
where is_complete_year
    and joint_papers >= getvariable('enough_papers')
    and counting_method = 'full'
    and (joint_papers > reporter_papers or joint_papers > partner_papers)
