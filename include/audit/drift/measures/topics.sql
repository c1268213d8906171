-- kind: papers
-- table: mart_topic_collaboration
-- sentence: Joint papers of side A in a subfield or topic hardly move in a closed year.
-- over_years: sum
-- moved_by: subject_topics[topic_id=topic_id], subject_topics[topic_id=subfield_id]
select
    topics.level,
    topics.topic_id,
    topics.publication_year,
    topics.joint_papers as value
from mart_topic_collaboration as topics
inner join (
    select distinct reporter_code
    from mart_copublication_trends
    where is_side_a
) as whole
    on topics.reporter_code = whole.reporter_code
