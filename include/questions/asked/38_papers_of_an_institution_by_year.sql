-- question: How many joint papers did my institution write in each year, and how many of them are linked?
-- trap: marts hold only years with papers, so a share over years was up to ten times too high
select
    publication_year,
    joint_papers,
    linked_papers
from bi_institution_year
where institution_id = getvariable('institution')
order by publication_year;

-- held against the facts
with

linked as (

    select distinct links.work_id
    from fct_work_military_links as links
    inner join dim_military_body as bodies
        on links.body_id = bodies.body_id and bodies.narrowest_definition_code is not null
    inner join dim_country as countries on bodies.country_code = countries.country_code and countries.side is not null
    where links.is_listed_today

),

years as (

    select distinct publication_year from dim_day

),

papers as (

    select
        works.work_id,
        works.publication_year
    from fct_works as works
    inner join fct_work_institutions as named on works.work_id = named.work_id and named.is_named
    where works.is_joint and named.institution_id = getvariable('institution')

)

select
    years.publication_year,
    count(papers.work_id) as joint_papers,
    count(linked.work_id) as linked_papers
from years
left join papers on years.publication_year = papers.publication_year
left join linked on papers.work_id = linked.work_id
group by years.publication_year
order by years.publication_year;
