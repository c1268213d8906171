-- kind: rows
-- table: fct_work_funding
-- sentence: Funders of works are recognised in the same ways as before.
-- moved_by: funder_*, award_patterns, subject_topics
select
    recognised_by,
    count(*) as value
from fct_work_funding
group by recognised_by
