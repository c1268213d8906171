-- question: Which ten universities of side A have most joint papers, and what share of them is linked?
-- trap: names are not unique, so a list by name is another list
select
    institution_id,
    joint_papers,
    linked_papers * 1.0 / joint_papers as linked_share
from bi_institution
where side = 'side_a' and institution_type = 'education'
order by joint_papers desc, institution_id asc
limit 10;

-- held against the facts
with

linked as (

    select distinct links.work_id
    from fct_work_military_links as links
    inner join dim_military_body as bodies
        on links.body_id = bodies.body_id and bodies.narrowest_definition_code is not null
    inner join dim_country as countries on bodies.country_code = countries.country_code and countries.side is not null
    where links.is_listed_today

)

select
    named.institution_id,
    count(*) as joint_papers,
    count(linked.work_id) * 1.0 / count(*) as linked_share
from fct_work_institutions as named
inner join fct_works as works on named.work_id = works.work_id and works.is_joint
inner join dim_institution as institutions
    on named.institution_id = institutions.institution_id and institutions.institution_type = 'education'
inner join dim_country as countries
    on institutions.country_code = countries.country_code and countries.side = 'side_a'
left join linked on named.work_id = linked.work_id
where named.is_named
group by named.institution_id
order by joint_papers desc, named.institution_id asc
limit 10;
