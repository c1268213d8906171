-- severity: fail
-- kind: integrity
-- group: completeness
-- table: candidate
-- sentence: The candidate's files are those that the export wrote.
-- applies: always
select table_name
from candidate_tables
where sha256 is distinct from sha256_now
