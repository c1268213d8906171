-- Fractional counting gives every work away exactly once.
select
    work_id,
    sum(credit) as credit
from {{ ref('fct_work_countries') }}
group by work_id
having abs(sum(credit) - 1) > 1e-9
