-- question: Who are the partners of my institution, and which of them are listed?
-- trap: parts of a listed body are listed under the body's id alone
select
    institution_b_id,
    joint_papers,
    b_is_listed_today
from bi_pair
where institution_a_id = getvariable('institution')
order by joint_papers desc, institution_b_id asc;

-- held against the facts
select
    partners.institution_id as institution_b_id,
    count(*) as joint_papers,
    partners.institution_id in (
        select unnest(string_split(links.evidence, '; '))
        from fct_work_military_links as links
        inner join dim_military_body as bodies
            on links.body_id = bodies.body_id and bodies.narrowest_definition_code is not null
        where links.is_listed_today and links.link_method in ('ror', 'openalex_id', 'lineage')
    ) as b_is_listed_today
from fct_work_institutions as ours
inner join fct_works as works on ours.work_id = works.work_id and works.is_joint
inner join fct_work_institutions as partners on ours.work_id = partners.work_id and partners.is_named
inner join dim_institution as institutions on partners.institution_id = institutions.institution_id
inner join dim_country as countries
    on institutions.country_code = countries.country_code and countries.side = 'side_b'
where ours.is_named and ours.institution_id = getvariable('institution')
group by partners.institution_id
order by joint_papers desc, institution_b_id asc;
