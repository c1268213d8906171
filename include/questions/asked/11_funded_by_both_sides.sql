-- question: How many joint papers disclose funders of both sides, by year?
select
    publication_year,
    papers_with_both_funders
from bi_side_year
where reporter_name = getvariable('side_a')
order by publication_year;

-- held against the facts
with

funder_sides as (

    select
        funders.funder_id,
        countries.side
    from dim_funder as funders
    inner join dim_country as countries
        on coalesce(nullif(funders.funder_class_area_code, 'EU'), funders.country_code) = countries.country_code
    where funders.funder_class != 'eu_institution' and countries.side is not null
    union
    select
        funders.funder_id,
        countries.side
    from dim_funder as funders
    cross join reference.country_groups as members
    inner join dim_country as countries on members.country_code = countries.country_code
    where funders.funder_class = 'eu_institution' and members.group_code = 'EU27' and countries.side is not null

),

paid as (

    select funding.work_id
    from fct_work_funding as funding
    inner join funder_sides on funding.funder_id = funder_sides.funder_id
    group by funding.work_id
    having count(distinct funder_sides.side) = 2

),

years as (select distinct publication_year from dim_day)

select
    years.publication_year,
    count(paid.work_id) as papers_with_both_funders
from years
left join fct_works as works on years.publication_year = works.publication_year and works.is_joint
left join paid on works.work_id = paid.work_id
group by years.publication_year
order by years.publication_year;
