-- severity: fail
-- kind: integrity
-- group: completeness
-- table: candidate
-- sentence: The reference tables beside the candidate are those that it was built with.
-- applies: always
select table_name
from reference_files
where sha256 is distinct from sha256_now
