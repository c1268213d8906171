-- unit: share
-- parts: class, reporter, years
-- Joint papers that disclose a funder of the class, of those that disclose funding.
select funded_papers('class', getvariable('class'), null) / disclosing_papers()
