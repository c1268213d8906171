-- question: Which funders stand in most joint papers?
-- trap: classes, sides and funders lay in one column, and a sum counted papers several times
select
    funder_id,
    sum(papers)::bigint as papers
from bi_funder_year
where reporter_name = getvariable('side_a')
group by funder_id
order by papers desc, funder_id asc
limit 10;

-- held against the facts
select
    funding.funder_id,
    count(*) as papers
from fct_work_funding as funding
inner join fct_works as works on funding.work_id = works.work_id and works.is_joint
group by funding.funder_id
order by papers desc, funding.funder_id asc
limit 10;
