-- A work without known countries still has its row (ZZ), so no work falls out of the fractional count.
select work_id
from {{ ref('fct_works') }}
where work_id not in (select work_id from {{ ref('fct_work_countries') }})
