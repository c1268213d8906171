-- question: Which joint papers of my university are linked to a listed body today?
-- trap: the fact holds companies of section 1260H, which are in no definition, and a row a link
select work_id
from bi_work_institution
where institution_id = getvariable('institution') and is_linked_today
order by work_id;

-- held against the facts
select distinct named.work_id
from fct_work_institutions as named
inner join fct_works as works on named.work_id = works.work_id and works.is_joint
inner join fct_work_military_links as links on named.work_id = links.work_id and links.is_listed_today
inner join dim_military_body as bodies
    on links.body_id = bodies.body_id and bodies.narrowest_definition_code is not null
inner join dim_country as countries on bodies.country_code = countries.country_code and countries.side is not null
where named.institution_id = getvariable('institution') and named.is_named
order by named.work_id;
