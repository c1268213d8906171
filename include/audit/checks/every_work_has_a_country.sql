-- severity: fail
-- kind: integrity
-- group: keys
-- table: fct_work_countries
-- sentence: Every work has its countries, or the unknown one (ZZ), so that none falls out of a count.
-- applies: always
select works.work_id
from fct_works as works
anti join fct_work_countries as countries on works.work_id = countries.work_id
