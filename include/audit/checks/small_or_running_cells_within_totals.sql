-- severity: warn
-- kind: judgement
-- group: sums
-- table: mart_copublication_trends
-- sentence: Nor are they elsewhere; where they are, the share is empty and marked (works and totals come on two days).
-- applies: always
select
    reporter_code,
    publication_year,
    joint_papers,
    reporter_papers,
    partner_papers
from mart_copublication_trends
where not (is_complete_year and joint_papers >= getvariable('enough_papers'))
    and counting_method = 'full'
    and (joint_papers > reporter_papers or joint_papers > partner_papers)
