-- unit: papers
-- parts: topic, reporter, years
-- Joint papers on a topic.
select topic_papers_of(getvariable('reporter'))
