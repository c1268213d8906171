-- question: What share of the joint papers discloses no funding?
select sum(papers) filter (where funding_mix = 'not_disclosed') * 1.0 / sum(papers) as share
from bi_funding_mix
where reporter_name = getvariable('side_a');

-- held against the facts
select avg((work_id not in (select work_id from fct_work_funding))::integer) as share
from fct_works
where is_joint;
