-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_topic_collaboration
-- sentence: Joint papers by topic and subfield are those counted from the facts anew.
-- applies: always
with

wholes as (

    select
        reporter_code,
        publication_year,
        count(*) as joint_papers
    from reporter_works
    group by reporter_code, publication_year

),

recounted as (

    select
        works.reporter_code,
        works.publication_year,
        'topic' as level,
        topics.topic_id,
        count(*) as joint_papers
    from reporter_works as works
    inner join dim_topic as topics on works.primary_topic_id = topics.topic_id
    group by works.reporter_code, works.publication_year, topics.topic_id
    union all
    select
        works.reporter_code,
        works.publication_year,
        'subfield' as level,
        topics.subfield_id as topic_id,
        count(*) as joint_papers
    from reporter_works as works
    inner join dim_topic as topics on works.primary_topic_id = topics.topic_id
    where topics.subfield_id is not null
    group by works.reporter_code, works.publication_year, topics.subfield_id

)

select
    coalesce(mart.reporter_code, recounted.reporter_code) as reporter_code,
    coalesce(mart.publication_year, recounted.publication_year) as publication_year,
    coalesce(mart.level, recounted.level) as level,
    coalesce(mart.topic_id, recounted.topic_id) as topic_id,
    mart.joint_papers,
    recounted.joint_papers as joint_papers_recounted,
    mart.reporter_joint_papers,
    wholes.joint_papers as reporter_joint_papers_recounted
from mart_topic_collaboration as mart
full join recounted
    on mart.reporter_code = recounted.reporter_code
        and mart.publication_year = recounted.publication_year
        and mart.level = recounted.level
        and mart.topic_id = recounted.topic_id
left join wholes on mart.reporter_code = wholes.reporter_code and mart.publication_year = wholes.publication_year
where mart.joint_papers is distinct from recounted.joint_papers
    or mart.reporter_joint_papers is distinct from wholes.joint_papers
