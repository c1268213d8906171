-- question: What share of the joint papers of each publisher discloses funding?
select
    publisher_name,
    sum(papers_with_funding) * 1.0 / sum(joint_papers) as disclosed_share
from bi_publisher_year
where reporter_name = getvariable('side_a')
group by publisher_name
order by publisher_name;

-- held against the facts
select
    coalesce(publisher_name, 'unknown') as publisher_name,
    avg((work_id in (select work_id from fct_work_funding))::integer) as disclosed_share
from fct_works
where is_joint
group by 1
order by 1;
