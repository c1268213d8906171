-- question: Which countries have the most joint papers, by full and by fractional counting?
select
    reporter_code,
    sum(joint_papers)::bigint as joint_papers,
    round(sum(joint_paper_credit), 6) as joint_paper_credit
from bi_reporter_year
group by reporter_code
having sum(joint_papers) > 0
order by joint_papers desc, reporter_code asc;

-- held against the facts
select
    countries.country_code as reporter_code,
    count(*) as joint_papers,
    round(sum(countries.credit), 6) as joint_paper_credit
from fct_work_countries as countries
inner join fct_works as works on countries.work_id = works.work_id and works.is_joint
inner join dim_country on countries.country_code = dim_country.country_code and dim_country.side = 'side_a'
group by countries.country_code
order by joint_papers desc, reporter_code asc;
