-- question: Where did the number of joint papers change most between the last two years?
select
    reporter_code,
    (
        sum(joint_papers) filter (where publication_year = getvariable('last_year'))
        - sum(joint_papers) filter (where publication_year = getvariable('last_year') - 1)
    )::bigint as change
from bi_reporter_year
group by reporter_code
order by abs(change) desc, reporter_code
limit 10;

-- held against the facts
with

papers as (

    select
        countries.country_code,
        works.publication_year
    from fct_work_countries as countries
    inner join fct_works as works on countries.work_id = works.work_id and works.is_joint

)

select
    reporters.reporter_code,
    count(*) filter (where papers.publication_year = getvariable('last_year'))
    - count(*) filter (where papers.publication_year = getvariable('last_year') - 1) as change
from dim_reporter as reporters
left join papers on reporters.reporter_code = papers.country_code
where reporters.reporter_kind = 'country'
group by reporters.reporter_code
order by abs(change) desc, reporters.reporter_code
limit 10;
