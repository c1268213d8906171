-- question: Which listed bodies have most joint papers linked to them?
-- trap: each body stood under every definition that holds it
select
    body_id,
    sum(linked_papers)::bigint as linked_papers
from bi_linked_body_year
where reporter_name = getvariable('side_a') and listing_basis = 'today'
group by body_id
order by linked_papers desc, body_id asc
limit 12;

-- held against the facts
select
    links.body_id,
    count(distinct links.work_id) as linked_papers
from fct_work_military_links as links
inner join fct_works as works on links.work_id = works.work_id and works.is_joint
inner join dim_military_body as bodies
    on links.body_id = bodies.body_id and bodies.narrowest_definition_code is not null
inner join dim_country as countries on bodies.country_code = countries.country_code and countries.side is not null
where links.is_listed_today
group by links.body_id
order by linked_papers desc, links.body_id asc
limit 12;
