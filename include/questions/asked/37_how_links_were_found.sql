-- question: How are papers linked to listed bodies: by institution, as a part, by a printed address?
select
    methods.link_method_name,
    count(distinct methods.work_id) as papers
from (
    select
        work_id,
        unnest(string_split(link_method_names, '; ')) as link_method_name
    from bi_work_link
    where is_listed_today
) as methods
group by methods.link_method_name
order by methods.link_method_name;

-- held against the facts
select
    names.code_name as link_method_name,
    count(distinct links.work_id) as papers
from fct_work_military_links as links
inner join fct_works as works on links.work_id = works.work_id and works.is_joint
inner join dim_military_body as bodies
    on links.body_id = bodies.body_id and bodies.narrowest_definition_code is not null
inner join dim_country as countries on bodies.country_code = countries.country_code and countries.side is not null
inner join reference.code_names as names on names.code_kind = 'link_method' and links.link_method = names.code
where links.is_listed_today
group by names.code_name
order by names.code_name;
