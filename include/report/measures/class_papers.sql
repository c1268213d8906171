-- unit: papers
-- parts: class, reporter, years
-- Joint papers that disclose a funder of the class.
select funded_papers('class', getvariable('class'), null)
