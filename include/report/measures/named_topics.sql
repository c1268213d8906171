-- unit: rank
-- parts: years
-- Topics that the study names, with joint papers of side A.
select count(distinct topic_id)
from mart_joint_papers_by_topic
where is_sensitive_topic and joint_papers > 0 and reporter_code = side_a()
    and in_years(publication_year)
