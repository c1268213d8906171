-- unit: share
-- parts: measure
-- What cannot be placed, of all that a measure of coverage counts.
select share
from mart_ops_coverage
where measure = getvariable('measure')
