-- question: Which institutions of side B that are listed, or parts of listed bodies, write with a country, and how much?
select
    institution_id,
    count(distinct work_id) as papers
from bi_work_institution
where side = 'side_b' and is_listed_today
    and work_id in (
        select of_country.work_id from bi_work_institution as of_country
        where of_country.country_name = getvariable('country')
    )
group by institution_id
order by papers desc, institution_id asc;

-- held against the facts
with

listed as (

    select distinct unnest(string_split(links.evidence, '; ')) as institution_id
    from fct_work_military_links as links
    inner join dim_military_body as bodies
        on links.body_id = bodies.body_id and bodies.narrowest_definition_code is not null
    where links.is_listed_today and links.link_method in ('ror', 'openalex_id', 'lineage')

),

of_country as (

    select distinct named.work_id
    from fct_work_institutions as named
    inner join dim_institution as institutions on named.institution_id = institutions.institution_id
    where named.is_named and institutions.country_code = getvariable('country_code')

)

select
    named.institution_id,
    count(*) as papers
from fct_work_institutions as named
inner join fct_works as works on named.work_id = works.work_id and works.is_joint
inner join of_country on named.work_id = of_country.work_id
inner join listed on named.institution_id = listed.institution_id
inner join dim_institution as institutions on named.institution_id = institutions.institution_id
inner join dim_country as countries
    on institutions.country_code = countries.country_code and countries.side = 'side_b'
where named.is_named
group by named.institution_id
order by papers desc, named.institution_id asc;
