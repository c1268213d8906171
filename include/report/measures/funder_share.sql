-- unit: share
-- parts: funder, reporter, years
-- Joint papers that disclose the funder, of those that disclose funding.
select papers_of_funder() / disclosing_papers()
