-- question: Which funders of side A stand in papers that are linked to a listed body today, and in how many?
select
    funders.funder_id,
    count(distinct funders.work_id) as linked_papers
from bi_work_funder as funders
inner join bi_work as works on funders.work_id = works.work_id
where funders.is_side_a_funder and works.is_linked_today
group by funders.funder_id
order by linked_papers desc, funders.funder_id asc;

-- held against the facts
with

linked as (

    select distinct links.work_id
    from fct_work_military_links as links
    inner join fct_works as works on links.work_id = works.work_id and works.is_joint
    inner join dim_military_body as bodies
        on links.body_id = bodies.body_id and bodies.narrowest_definition_code is not null
    inner join dim_country as countries on bodies.country_code = countries.country_code and countries.side is not null
    where links.is_listed_today

)

select
    funding.funder_id,
    count(*) as linked_papers
from fct_work_funding as funding
inner join linked on funding.work_id = linked.work_id
inner join dim_funder as funders on funding.funder_id = funders.funder_id
where (
    funders.funder_class != 'eu_institution'
    and coalesce(nullif(funders.funder_class_area_code, 'EU'), funders.country_code) in (
        select country_code from dim_country
        where side = 'side_a'
    )
)
or (
    funders.funder_class = 'eu_institution'
    and exists (
        select 1
        from reference.country_groups as members
        inner join dim_country as countries on members.country_code = countries.country_code
        where members.group_code = 'EU27' and countries.side = 'side_a'
    )
)
group by funding.funder_id
order by linked_papers desc, funding.funder_id asc;
