-- unit: rate
-- parts: topic, reporter, years
-- Joint papers on a topic in the last year over those of the first, less one.
select
    sum(joint_papers) filter (publication_year = getvariable('last_year'))
    / nullif(sum(joint_papers) filter (publication_year = getvariable('first_year')), 0) - 1
from mart_joint_papers_by_topic
where topic_id = getvariable('topic') and reporter_code = getvariable('reporter')
