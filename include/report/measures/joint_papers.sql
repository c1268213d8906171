-- unit: papers
-- parts: reporter, years
-- Joint papers, full count.
select joint_papers()
