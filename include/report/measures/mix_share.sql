-- unit: share
-- parts: mix, reporter, years
-- Joint papers of a kind of funding, of all joint papers.
select papers_of_mix() / joint_papers()
