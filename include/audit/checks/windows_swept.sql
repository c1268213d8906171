-- severity: warn
-- kind: judgement
-- group: coverage
-- table: mart_ops_windows
-- sentence: Every window of the scope was swept.
-- applies: always
select
    window_id,
    why_not_complete
from mart_ops_windows
where window_status = 'never'
