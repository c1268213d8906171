-- severity: fail
-- kind: integrity
-- group: sums
-- table: mart_topic_collaboration
-- sentence: The topics of a reporter's joint papers add up to no more than these, and to the same as its subfields.
-- applies: always
select
    reporter_code,
    publication_year,
    max(reporter_joint_papers) as joint_papers,
    sum(joint_papers) filter (where level = 'topic') as topics,
    sum(joint_papers) filter (where level = 'subfield') as subfields
from mart_topic_collaboration
group by reporter_code, publication_year
having
    sum(joint_papers) filter (where level = 'topic')
    is distinct from sum(joint_papers) filter (where level = 'subfield')
    or sum(joint_papers) filter (where level = 'topic') > max(reporter_joint_papers)
