-- severity: fail
-- kind: integrity
-- group: completeness
-- table: mart_copublication_trends
-- sentence: The joint papers of all years are those of fct_works.
-- applies: always
with

years as (

    select max(all_joint_papers) as papers
    from mart_copublication_trends
    group by publication_year

),

counted as (

    select coalesce(sum(papers), 0) as in_trends from years

),

facts as (

    select count(*) as in_facts
    from fct_works
    where is_joint

)

select
    counted.in_trends,
    facts.in_facts
from counted
cross join facts
where counted.in_trends != facts.in_facts
