-- unit: papers
-- parts: mix, reporter, years
-- Joint papers of a kind of funding; the kinds exclude one another.
select papers_of_mix()
