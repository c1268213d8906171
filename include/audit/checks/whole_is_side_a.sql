-- severity: fail
-- kind: integrity
-- group: sums
-- table: mart_copublication_trends
-- sentence: The joint papers of a year, against which shares are taken, are those of side A.
-- applies: always
select
    publication_year,
    max(all_joint_papers) as whole,
    max(joint_papers) filter (where is_side_a) as of_side_a
from mart_copublication_trends
where counting_method = 'full' and work_selection = 'all'
group by publication_year
having
    max(all_joint_papers) is distinct from max(joint_papers) filter (where is_side_a)
    or min(all_joint_papers) != max(all_joint_papers)
