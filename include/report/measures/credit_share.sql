-- unit: share
-- parts: reporter, years
-- Credit of the reporter by authors, over its joint papers.
select sum(joint_papers) / joint_papers()
from mart_copublication_trends
where reporter_code = getvariable('reporter') and counting_method = 'fractional' and work_selection = 'all'
    and in_years(publication_year)
