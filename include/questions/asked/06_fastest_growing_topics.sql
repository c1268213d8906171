-- question: Which topics grew fastest from the first to the last year?
-- trap: the marts needed a self-join, and small topics led
select
    topic_id,
    (
        sum(joint_papers) filter (where publication_year = getvariable('last_year')) * 1.0
        / sum(joint_papers) filter (where publication_year = getvariable('first_year')) - 1
    ) as growth
from bi_topic_year
where reporter_name = getvariable('side_a')
group by topic_id
having sum(joint_papers) filter (where publication_year = getvariable('first_year')) >= 3
    and sum(joint_papers) filter (where publication_year = getvariable('last_year')) >= 3
order by growth desc, topic_id asc
limit 10;

-- held against the facts
with

ends as (

    select
        primary_topic_id as topic_id,
        count(*) filter (where publication_year = getvariable('first_year')) as papers_first,
        count(*) filter (where publication_year = getvariable('last_year')) as papers_last
    from fct_works
    where is_joint and primary_topic_id is not null
    group by primary_topic_id

)

select
    topic_id,
    papers_last * 1.0 / papers_first - 1 as growth
from ends
where papers_first >= 3 and papers_last >= 3
order by growth desc, topic_id asc
limit 10;
