-- question: How many joint papers were published in the last twelve months that there are?
-- trap: papers of which only the year is known stand in January
select joint_papers_in_12_months
from bi_month
where reporter_name = getvariable('side_a')
order by month_start desc
limit 1;

-- held against the facts
select count(*) as joint_papers_in_12_months
from fct_works
where is_joint
    and publication_date >= (
        select date_trunc('month', max(joint.publication_date)) - interval 11 month from fct_works as joint
        where joint.is_joint
    );
