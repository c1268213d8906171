-- Invented and real data never lie in one warehouse.
select string_agg(distinct data_origin, ', ') as data_origins
from {{ ref('stg_typed__batches') }}
having count(distinct data_origin) > 1
