-- Every country code of the data stands in the reference table.
{{ config(severity='warn') }}
select country_code
from {{ ref('dim_country') }}
where not is_known_code
