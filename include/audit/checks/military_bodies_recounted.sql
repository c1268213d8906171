-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_military_links
-- sentence: Papers linked to each listed body, by definition and basis, are those counted from the facts anew.
-- applies: always
with

definitions as (

    select distinct
        wide.definition_code,
        narrow.category
    from reference.military_definitions as wide
    inner join reference.military_definitions as narrow
        on narrow.definition_order::integer <= wide.definition_order::integer

),

links as (

    select distinct
        links.work_id,
        links.body_id,
        bodies.category,
        unnest([
            case when links.is_listed_today then 'today' end,
            case when links.is_listed_at_publication then 'at_publication' end
        ]) as listing_basis
    from fct_work_military_links as links
    inner join dim_military_body as bodies on links.body_id = bodies.body_id
    where bodies.country_code in (
            select country_code from sides
            where role in ('side_a', 'side_b')
        )

),

wholes as (

    select
        reporter_code,
        publication_year,
        count(*) as joint_papers
    from reporter_works
    group by reporter_code, publication_year

),

recounted as (

    select
        works.reporter_code,
        works.publication_year,
        definitions.definition_code,
        links.listing_basis,
        links.body_id,
        count(*) as military_linked_papers,
        count(*) filter (where links.category != 'pla_hospital') as papers_without_hospitals
    from reporter_works as works
    inner join links on works.work_id = links.work_id and links.listing_basis is not null
    inner join definitions on links.category = definitions.category
    group by
        works.reporter_code,
        works.publication_year,
        definitions.definition_code,
        links.listing_basis,
        links.body_id

)

select
    coalesce(mart.reporter_code, recounted.reporter_code) as reporter_code,
    coalesce(mart.publication_year, recounted.publication_year) as publication_year,
    coalesce(mart.definition_code, recounted.definition_code) as definition_code,
    coalesce(mart.listing_basis, recounted.listing_basis) as listing_basis,
    coalesce(mart.dimension_id, recounted.body_id) as body_id,
    mart.military_linked_papers,
    recounted.military_linked_papers as military_linked_papers_recounted,
    mart.papers_without_hospitals,
    recounted.papers_without_hospitals as papers_without_hospitals_recounted,
    mart.joint_papers,
    wholes.joint_papers as joint_papers_recounted
from (
    select * from mart_military_links
    where dimension = 'body'
) as mart
full join recounted
    on mart.reporter_code = recounted.reporter_code
        and mart.publication_year = recounted.publication_year
        and mart.definition_code = recounted.definition_code
        and mart.listing_basis = recounted.listing_basis
        and mart.dimension_id = recounted.body_id
left join wholes on mart.reporter_code = wholes.reporter_code and mart.publication_year = wholes.publication_year
where mart.military_linked_papers is distinct from recounted.military_linked_papers
    or mart.papers_with_hospitals is distinct from recounted.military_linked_papers
    or mart.papers_without_hospitals is distinct from recounted.papers_without_hospitals
    or mart.joint_papers is distinct from wholes.joint_papers
