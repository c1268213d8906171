-- kind: papers
-- table: fct_works
-- sentence: Joint papers are in the same languages, and of the same types, as before.
-- moved_by: subject_topics
select
    'language' as property,
    coalesce(language, 'unknown') as property_value,
    count(*) as value
from fct_works
where is_joint
group by coalesce(language, 'unknown')
union all
select
    'work_type' as property,
    coalesce(work_type, 'unknown') as property_value,
    count(*) as value
from fct_works
where is_joint
group by coalesce(work_type, 'unknown')
