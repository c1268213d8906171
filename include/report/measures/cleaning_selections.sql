-- unit: rank
-- parts: none
-- Selections of works that clean the set.
select count(*)
from dim_work_selection
where work_selection like 'without_%' or work_selection = 'english_only'
