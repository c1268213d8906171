-- severity: fail
-- kind: integrity
-- group: labels
-- table: dim_country
-- sentence: Codes, names and regions of countries are those of the reference table; no other code counts as known.
-- applies: always
select
    coalesce(countries.country_code, seed.country_code) as country_code,
    countries.country_name,
    seed.country_name as name_of_reference,
    countries.region,
    seed.region as region_of_reference
from (
    select * from dim_country
    where is_known_code
) as countries
full join reference.countries as seed on countries.country_code = seed.country_code
where countries.country_name is distinct from seed.country_name or countries.region is distinct from seed.region
