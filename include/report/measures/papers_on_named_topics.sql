-- unit: papers
-- parts: years
-- Joint papers of side A on topics that the study names.
select nullif(sum(joint_papers), 0)
from mart_joint_papers_by_topic
where is_sensitive_topic and reporter_code = side_a() and in_years(publication_year)
