-- unit: credit
-- parts: method, years
-- Joint papers of side A by a way of counting.
select sum(joint_papers)
from mart_copublication_trends
where reporter_code = side_a() and work_selection = 'all' and counting_method = getvariable('method')
    and in_years(publication_year)
