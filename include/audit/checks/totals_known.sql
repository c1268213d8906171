-- severity: warn, fail
-- kind: judgement
-- group: coverage
-- table: mart_copublication_trends
-- sentence: At least {limit:.0%} of the rows with joint papers have the totals that shares are taken of.
-- applies: with_enough_papers
-- at_least: totals_known
select avg((reporter_papers is not null and partner_papers is not null)::integer) as share
from mart_copublication_trends
where counting_method = 'full' and work_selection = 'all' and joint_papers > 0
