-- unit: papers
-- parts: funder, reporter, years
-- Joint papers that disclose the funder.
select funded_papers('funder', null, getvariable('funder'))
