-- unit: papers
-- parts: funder, reporter, years
-- Joint papers that disclose the funder.
select papers_of_funder()
