-- severity: fail
-- kind: integrity
-- group: sums
-- table: fct_work_countries
-- sentence: The fractional credits of a work add up to 1 over its countries, the unknown one (ZZ) included.
-- applies: always
select
    work_id,
    sum(credit) as credits,
    sum(credit_by_affiliation) as by_affiliation,
    sum(credit_by_country) as by_country
from fct_work_countries
group by work_id
having
    not coalesce(
        greatest(
            abs(sum(credit) - 1), abs(sum(credit_by_affiliation) - 1), abs(sum(credit_by_country) - 1)
        ) <= getvariable('tolerance'),
        false
    )
