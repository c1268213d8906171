-- unit: share
-- parts: reporter, years
-- Joint papers of the reporter over those of side A as a whole.
select joint_papers() / joint_papers_of(side_a())
