-- unit: share
-- parts: definition, basis, reporter, years
-- Joint papers linked to a listed body, of all joint papers.
select linked_papers() / joint_papers()
