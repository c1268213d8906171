-- severity: fail
-- kind: integrity
-- group: sums
-- table: mart_copublication_trends
-- sentence: No country or group has more joint papers in a year than all of side A together.
-- applies: always
select
    reporter_code,
    publication_year,
    counting_method,
    joint_papers,
    all_joint_papers
from mart_copublication_trends
where joint_papers > all_joint_papers * (1 + getvariable('tolerance'))
