-- unit: papers
-- parts: selection, years
-- Joint papers of side A in a selection of works, full count.
select sum(joint_papers)
from mart_copublication_trends
where reporter_code = side_a() and counting_method = 'full' and work_selection = getvariable('selection')
    and in_years(publication_year)
