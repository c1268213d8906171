-- kind: share
-- table: fct_works
-- sentence: The joint papers are in the same languages, and of the same types, as before.
-- moved_by: subject_topics
with

joint as (

    select
        coalesce(language, 'unknown') as language,
        coalesce(work_type, 'unknown') as work_type,
        count(*) over () as papers
    from fct_works
    where is_joint

)

select
    'language' as property,
    language as property_value,
    count(*) / max(papers) as value,
    max(papers) as base
from joint
group by language
union all
select
    'work_type' as property,
    work_type as property_value,
    count(*) / max(papers) as value,
    max(papers) as base
from joint
group by work_type
