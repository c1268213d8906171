-- unit: share
-- parts: reporter, years
-- Joint papers with funders of both sides, of those that disclose funding.
select papers_of_both() / disclosing_papers()
