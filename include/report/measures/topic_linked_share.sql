-- unit: share
-- parts: topic, reporter, years
-- Joint papers on a topic linked to a body on any list today.
select linked_papers_of_topic() / topic_papers_of(getvariable('reporter'))
