-- unit: factor
-- parts: reporter, years
-- Joint papers of the last year over those of the first.
select last_papers() / first_papers()
