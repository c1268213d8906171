-- One row an institution.
select
    short_id(record.id, 'I') as institution_id,
    plain_text(display_name) as institution_name,
    bare_ror(ror) as ror,
    coalesce(country(country_code), country(geo.country_code)) as country_code,
    nullif(trim(type), '') as institution_type,
    plain_text(geo.city) as city,
    geo.latitude as latitude,
    geo.longitude as longitude,
    is_super_system,
    works_count,
    utc(updated_date) as updated_at,
    content_hash.content_hash
from record
left join content_hash on content_hash.id = short_id(record.id, 'I')
