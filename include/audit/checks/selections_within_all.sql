-- severity: fail
-- kind: integrity
-- group: sums
-- table: mart_copublication_trends
-- sentence: No selection of works has more papers or credit than all works.
-- applies: always
select
    selected.reporter_code,
    selected.publication_year,
    selected.counting_method,
    selected.work_selection,
    selected.joint_papers,
    whole.joint_papers as of_all
from mart_copublication_trends as selected
left join mart_copublication_trends as whole
    on whole.work_selection = 'all'
        and selected.reporter_code = whole.reporter_code
        and selected.publication_year = whole.publication_year
        and selected.counting_method = whole.counting_method
where not coalesce(selected.joint_papers <= whole.joint_papers * (1 + getvariable('tolerance')), false)
