-- question: How many joint papers have side A as a whole and each group of the scope?
-- trap: groups stood beside countries, and a sum was twice too high
select
    reporter_code,
    sum(joint_papers)::bigint as joint_papers
from bi_side_year
group by reporter_code
order by reporter_code;

-- held against the facts
select
    reporters.reporter_code,
    count(distinct works.work_id) as joint_papers
from dim_reporter as reporters
inner join dim_country_group as members
    on reporters.reporter_code = members.group_code and members.scope_role is not null
inner join fct_work_countries as countries on members.country_code = countries.country_code
inner join fct_works as works on countries.work_id = works.work_id and works.is_joint
where reporters.reporter_kind = 'group'
group by reporters.reporter_code
order by reporters.reporter_code;
