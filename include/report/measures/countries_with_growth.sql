-- unit: rank
-- parts: years
-- Countries of side A with at least 25 joint papers in both years.
select count(*)
from countries_with_growth()
