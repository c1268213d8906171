-- kind: rows
-- table: fct_work_military_links
-- sentence: Listed bodies are found in the same ways as before.
-- moved_by: military_*, address_places, subject_topics
select
    link_method,
    count(*) as value
from fct_work_military_links
group by link_method
