-- What is odd and kept: counted in the log, no reason to lose a work.
select 'works whose publication date is of another year than they say', count(*)
from record
where year(calendar_date(publication_date)) <> whole_number(publication_year)
union all
select 'works whose publication date cannot be read', count(*)
from record
where publication_date is not null and calendar_date(publication_date) is null
