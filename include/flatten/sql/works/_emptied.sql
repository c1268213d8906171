-- Fields with a value that the typed tables leave empty, and in how many works.
select
    'cited_by_count' as field,
    count(*) as records
from record
where is_emptied(cited_by_count, possible_count(cited_by_count))
union all
select
    'referenced_works_count',
    count(*)
from record
where is_emptied(referenced_works_count, possible_count(referenced_works_count))
union all
select
    'authors_count',
    count(*)
from record
where is_emptied(authors_count, possible_count(authors_count))
union all
select
    'fwci',
    count(*)
from record
where is_emptied(fwci, possible_number(fwci, 0, 1e9))
union all
select
    'primary_topic.score',
    count(*)
from record
where is_emptied(primary_topic.score, possible_number(primary_topic.score, 0, 1e6))
union all
select
    'primary_topic.id',
    count(*)
from record
where is_emptied(primary_topic.id, named_id(primary_topic.id, 'T'))
union all
select
    'updated_date',
    count(*)
from record
where is_emptied(updated_date, utc(updated_date))
union all
select
    'authorships[].countries',
    count(distinct work_id)
from (select work_id, unnest(countries) as stated_country from authorship)
where is_emptied(stated_country, country(stated_country))
union all
select
    'authorships[].institutions[].country_code',
    count(distinct work_id)
from authorship_institution
where is_emptied(stated_country, country_code)
