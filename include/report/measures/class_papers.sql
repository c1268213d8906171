-- unit: papers
-- parts: class, reporter, years
-- Joint papers that disclose a funder of the class.
select papers_of_class()
