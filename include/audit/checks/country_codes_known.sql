-- severity: warn
-- kind: judgement
-- group: coverage
-- table: dim_country
-- sentence: Every country code of the data stands in the reference table.
-- applies: always
select country_code
from dim_country
where not is_known_code
