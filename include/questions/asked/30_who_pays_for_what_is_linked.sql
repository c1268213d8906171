-- question: Of the linked papers that disclose funding, what share discloses each class of funders?
-- trap: two shares with two wholes lay side by side
select
    funder_class,
    sum(papers) * 1.0 / nullif(sum(linked_papers_with_funding), 0) as share
from bi_linked_funder_class_year
where reporter_name = getvariable('side_a') and definition_code = 'any_list' and listing_basis = 'today'
group by funder_class
order by funder_class;

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

),

paid as (

    select distinct
        linked.work_id,
        funding.funder_class
    from linked
    inner join fct_work_funding as funding on linked.work_id = funding.work_id

),

whole as (

    select count(distinct work_id) as papers from paid

)

select
    classes.funder_class,
    count(paid.work_id) * 1.0 / nullif(any_value(whole.papers), 0) as share
from reference.funder_class_labels as classes
cross join whole
left join paid on classes.funder_class = paid.funder_class
group by classes.funder_class
order by classes.funder_class;
