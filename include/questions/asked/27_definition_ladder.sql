-- question: How many joint papers are linked under each definition and basis, and what share is that?
select
    definition_code,
    listing_basis,
    sum(linked_papers)::bigint as linked_papers,
    sum(linked_papers) * 1.0 / sum(joint_papers) as linked_share
from bi_linked_year
where reporter_name = getvariable('side_a')
group by definition_code, listing_basis
order by definition_code, listing_basis;

-- held against the facts
with

links as (

    select distinct
        links.work_id,
        links.category,
        unnest([
            case when links.is_listed_today then 'today' end,
            case when links.is_listed_at_publication then 'at_publication' end
        ]) as listing_basis
    from fct_work_military_links as links
    inner join fct_works as works on links.work_id = works.work_id and works.is_joint
    inner join dim_military_body as bodies on links.body_id = bodies.body_id
    inner join dim_country as countries on bodies.country_code = countries.country_code and countries.side is not null

),

bases as (

    select unnest(['today', 'at_publication']) as listing_basis

),

definitions as (

    select distinct
        definition_code,
        definition_order
    from reference.military_definitions

),

joint as (

    select count(*) as papers from fct_works
    where is_joint

)

select
    definitions.definition_code,
    bases.listing_basis,
    count(distinct links.work_id) as linked_papers,
    count(distinct links.work_id) * 1.0 / any_value(joint.papers) as linked_share
from definitions
cross join bases
cross join joint
inner join reference.military_definitions as held on definitions.definition_order >= held.definition_order
left join links on held.category = links.category and bases.listing_basis = links.listing_basis
group by definitions.definition_code, bases.listing_basis
order by definitions.definition_code, bases.listing_basis;
