-- Funder, one row each, with its class.
select
    funder_id,
    funder_name,
    country_code,
    funder_class,
    funder_class_name,
    funder_class_area_code,
    programme_code,
    class_matched_by,
    class_source,
    ror,
    crossref_id,
    works_count_of_source,
    has_source_record
from {{ ref('int_funders') }}
