-- unit: share
-- parts: funder, reporter, years
-- Joint papers that disclose the funder, of those that disclose funding.
select funded_papers('funder', null, getvariable('funder')) / disclosing_papers()
