-- unit: share
-- parts: reporter, years
-- Joint papers with a funder of side B, of those that disclose funding.
select papers_of_side('side_b') / disclosing_papers()
