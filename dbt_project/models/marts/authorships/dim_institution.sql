-- Institution, one row each: the source's latest record; those not yet fetched as the works name them.
select
    institution_id,
    institution_name,
    ror,
    country_code,
    institution_type,
    city,
    latitude,
    longitude,
    is_super_system,
    works_count_of_source,
    has_source_record
from {{ ref('int_institutions') }}
