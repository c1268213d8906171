-- One row an institution.
select
    short_id(record.id, 'I') as institution_id,
    plain_text(display_name) as institution_name,
    bare_ror(ror) as ror,
    coalesce(country(country_code), country(geo.country_code)) as country_code,
    nullif(trim(type), '') as institution_type,
    plain_text(geo.city) as city,
    possible_number(geo.latitude, -90, 90) as latitude,
    possible_number(geo.longitude, -180, 180) as longitude,
    is_super_system,
    possible_count(works_count) as works_count,
    utc(updated_date) as updated_at,
    content_hash.content_hash
from record
left join content_hash on content_hash.id = short_id(record.id, 'I')
