-- question: Which countries write the largest share of their papers with side B, all years together?
select
    reporter_code,
    sum(joint_papers) * 1.0 / sum(all_papers) as share_of_own_papers
from bi_reporter_year
group by reporter_code
having sum(joint_papers) >= 25 and count(all_papers) = count(*)
order by share_of_own_papers desc, reporter_code asc;

-- held against the facts
with

joint as (

    select
        countries.country_code,
        count(*) as papers
    from fct_work_countries as countries
    inner join fct_works as works on countries.work_id = works.work_id and works.is_joint
    group by countries.country_code

)

select
    joint.country_code as reporter_code,
    any_value(joint.papers) * 1.0 / sum(all_papers.papers) as share_of_own_papers
from joint
inner join dim_country on joint.country_code = dim_country.country_code and dim_country.side = 'side_a'
inner join all_papers
    on joint.country_code = all_papers.code and not all_papers.is_group and not all_papers.with_side_b
where joint.papers >= 25
    and all_papers.publication_year between getvariable('first_year') and getvariable('last_year')
group by joint.country_code
order by share_of_own_papers desc, reporter_code asc;
