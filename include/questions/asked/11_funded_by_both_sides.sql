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

)

select
    works.publication_year,
    count(paid.work_id) as papers_with_both_funders
from fct_works as works
left join paid on works.work_id = paid.work_id
where works.is_joint
group by works.publication_year
order by works.publication_year;
