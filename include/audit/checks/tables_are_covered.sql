-- severity: fail
-- kind: integrity
-- group: completeness
-- table: candidate
-- sentence: Every table of the candidate has a suite of expectations, and every suite its table.
-- applies: always
select
    coalesce(candidate_tables.table_name, suites.table_name) as table_name,
    candidate_tables.table_name is not null as is_in_candidate,
    suites.table_name is not null as has_suite
from candidate_tables
full join suites on candidate_tables.table_name = suites.table_name
where candidate_tables.table_name is null or suites.table_name is null
