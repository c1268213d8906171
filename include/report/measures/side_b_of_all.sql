-- unit: share
-- parts: reporter, years
-- Joint papers with a funder of side B, of all joint papers.
select papers_of_side('side_b') / joint_papers()
