-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_joint_papers_by_topic
-- sentence: The marts of joint papers by topic and by subfield hold what mart_topic_collaboration holds, and a row for every
--     year of the scope; where a topic has no paper, they say of how many.
-- applies: always
with

told as (

    select
        'topic' as level,
        reporter_code,
        publication_year,
        topic_id,
        topic_name,
        is_sensitive_topic,
        joint_papers,
        reporter_joint_papers
    from mart_joint_papers_by_topic
    union all
    select
        'subfield' as level,
        reporter_code,
        publication_year,
        subfield_id as topic_id,
        subfield_name as topic_name,
        false as is_sensitive_topic,
        joint_papers,
        reporter_joint_papers
    from mart_joint_papers_by_subfield

),

years as (

    select distinct publication_year
    from mart_copublication_trends

),

-- what stands in one year stands in all
in_every_year as (

    select
        level,
        reporter_code,
        topic_id,
        count(distinct publication_year) as years
    from told
    group by level, reporter_code, topic_id

)

select
    coalesce(told.level, old.level) as level,
    coalesce(told.topic_id, old.topic_id) as topic_id,
    coalesce(told.reporter_code, old.reporter_code) as reporter_code,
    coalesce(told.publication_year, old.publication_year) as publication_year,
    told.joint_papers,
    old.joint_papers as joint_papers_of_old_shape
from (
    select * from told
    where joint_papers > 0
) as told
full join mart_topic_collaboration as old
    on told.level = old.level
        and told.topic_id = old.topic_id
        and told.reporter_code = old.reporter_code
        and told.publication_year = old.publication_year
where told.joint_papers is distinct from old.joint_papers
    or told.reporter_joint_papers is distinct from old.reporter_joint_papers
    or told.topic_name is distinct from old.topic_name
    or told.is_sensitive_topic is distinct from old.is_sensitive_topic
union all
select
    level,
    topic_id,
    reporter_code,
    null as publication_year,
    null as joint_papers,
    null as joint_papers_of_old_shape
from in_every_year
where years != (select count(*) from years)
union all
select
    told.level,
    told.topic_id,
    told.reporter_code,
    told.publication_year,
    told.reporter_joint_papers as joint_papers,
    trends.joint_papers::bigint as joint_papers_of_old_shape
from told
inner join mart_copublication_trends as trends
    on told.reporter_code = trends.reporter_code
        and told.publication_year = trends.publication_year
        and trends.counting_method = 'full'
        and trends.work_selection = 'all'
where told.joint_papers = 0 and told.reporter_joint_papers is distinct from trends.joint_papers
