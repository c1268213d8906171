-- unit: papers
-- parts: years
-- Joint papers of side A on topics that the study names.
select sum(joint_papers)
from mart_topic_collaboration
where level = 'topic' and is_sensitive_topic and reporter_code = side_a() and in_years(publication_year)
