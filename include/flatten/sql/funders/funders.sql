-- One row a funder.
select
    short_id(record.id, 'F') as funder_id,
    plain_text(display_name) as funder_name,
    country(country_code) as country_code,
    bare_ror(ids.ror) as ror,
    -- the registry's number is also the end of the funder's DOI, with and without the resolver's address
    coalesce(nullif(trim(ids.crossref), ''), nullif(regexp_extract(ids.doi, '10\.13039/(\d+)$', 1), '')) as crossref_id,
    possible_count(works_count) as works_count,
    utc(updated_date) as updated_at,
    content_hash.content_hash
from record
left join content_hash on content_hash.id = short_id(record.id, 'F')
