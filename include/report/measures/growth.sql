-- unit: rate
-- parts: reporter, years
-- Joint papers of the last year over those of the first, less one.
select last_papers() / first_papers() - 1
