-- question: What stands in the tiles of a front page: joint papers, linked papers, share that discloses funding?
select
    count(*) as joint_papers,
    count(*) filter (where is_linked_today) as linked_papers,
    count(*) filter (where discloses_funding) * 1.0 / count(*) as disclosed_share
from bi_work;

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
    count(*) as joint_papers,
    count(linked.work_id) as linked_papers,
    count(*) filter (where works.work_id in (select work_id from fct_work_funding)) * 1.0 / count(*) as disclosed_share
from fct_works as works
left join linked on works.work_id = linked.work_id
where works.is_joint;
