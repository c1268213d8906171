-- unit: share
-- parts: reporter, years
-- Joint papers that disclose funding, of all joint papers.
select disclosing_papers() / joint_papers()
