-- unit: share
-- parts: reporter, years
-- Joint papers of all papers of the reporter on the subject.
select any_value(share_of_reporter_papers)
from mart_copublication_trends
where reporter_code = getvariable('reporter') and counting_method = 'full' and work_selection = 'all'
    and in_years(publication_year)
