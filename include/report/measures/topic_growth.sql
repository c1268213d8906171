-- unit: rate
-- parts: topic, reporter, years
-- Joint papers on a topic in the last year over those of the first, less one.
select
    sum(joint_papers) filter (publication_year = getvariable('last_year'))
    / sum(joint_papers) filter (publication_year = getvariable('first_year')) - 1
from mart_topic_collaboration
where level = 'topic' and topic_id = getvariable('topic') and reporter_code = getvariable('reporter')
