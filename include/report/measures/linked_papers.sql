-- unit: papers
-- parts: definition, basis, reporter, years
-- Joint papers linked to a listed body.
select linked_papers()
