-- severity: warn, fail
-- kind: judgement
-- group: coverage
-- table: mart_topic_collaboration
-- sentence: At least {limit:.0%} of the joint papers have a primary topic.
-- applies: with_topics
-- at_least: topics_known
with

whole as (

    select sum(joint_papers) as papers
    from mart_copublication_trends
    where is_side_a and counting_method = 'full' and work_selection = 'all'

),

known as (

    select coalesce(sum(topics.joint_papers), 0) as papers
    from mart_topic_collaboration as topics
    where topics.level = 'topic'
        and topics.reporter_code in (
            select reporter_code from reporters
            where is_side_a
        )

)

select known.papers / whole.papers as share
from known
cross join whole
