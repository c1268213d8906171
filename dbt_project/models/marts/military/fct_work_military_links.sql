-- Work x listed body x how it was found. A listing is not a finding about a paper.
{{ config(materialized='view') }}

select
    work_id,
    body_id,
    link_method,
    evidence,
    category,
    is_listed_today,
    is_listed_at_publication,
    lists_today,
    lists_at_publication
from {{ ref('int_work_military_links') }}
