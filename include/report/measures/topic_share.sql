-- unit: share
-- parts: topic, years
-- Joint papers of side A on a topic, of all its joint papers.
select topic_papers_of(side_a()) / joint_papers_of(side_a())
