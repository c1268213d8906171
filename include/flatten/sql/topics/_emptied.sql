-- Fields with a value that the typed table leaves empty, and in how many topics.
select
    'works_count' as field,
    count(*) as records
from record
where is_emptied(works_count, possible_count(works_count))
