-- unit: share
-- parts: class, reporter, years
-- Joint papers that disclose a funder of the class, of those that disclose funding.
select papers_of_class() / disclosing_papers()
