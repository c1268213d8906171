-- unit: papers
-- parts: reporter, years
-- Joint papers that disclose funding.
select disclosing_papers()
