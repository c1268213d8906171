-- Fields with a value that the typed table leaves empty, and in how many funders.
select
    'works_count' as field,
    count(*) as records
from record
where is_emptied(works_count, possible_count(works_count))
union all
select
    'country_code',
    count(*)
from record
where is_emptied(country_code, country(country_code))
