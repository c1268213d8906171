-- unit: rank
-- parts: years
-- Of these, countries with more joint papers in the last year.
select count(*)
from countries_with_growth()
where last_papers > first_papers
