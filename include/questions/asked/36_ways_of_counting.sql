-- question: What does each way of counting give for a country, all years together?
-- trap: ways of counting were added up
select
    counting_method,
    round(sum(joint_papers), 6) as joint_papers
from bi_counting_year
where reporter_code = getvariable('country_code')
group by counting_method
order by counting_method;

-- held against the facts
select
    unnest(['fractional', 'fractional_by_affiliation', 'fractional_by_country', 'full']) as counting_method,
    unnest([
        round(sum(countries.credit), 6),
        round(sum(countries.credit_by_affiliation), 6),
        round(sum(countries.credit_by_country), 6),
        count(*)::double
    ]) as joint_papers
from fct_work_countries as countries
inner join fct_works as works on countries.work_id = works.work_id and works.is_joint
where countries.country_code = getvariable('country_code')
order by counting_method;
