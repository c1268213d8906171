-- Fractional counting gives every work away exactly once, in each of its ways.
select
    work_id,
    sum(credit) as credit,
    sum(credit_by_affiliation) as credit_by_affiliation,
    sum(credit_by_country) as credit_by_country
from {{ ref('fct_work_countries') }}
group by work_id
having
    abs(sum(credit) - 1) > 1e-9
    or abs(sum(credit_by_affiliation) - 1) > 1e-9
    or abs(sum(credit_by_country) - 1) > 1e-9
