-- severity: fail
-- kind: integrity
-- group: recounts
-- table: bi_work_link
-- sentence: The rows that lead from a number to its papers are those of the facts - links that count on a basis, and
--     funders.
-- applies: always
with

counted_links as (

    select distinct
        links.work_id,
        links.body_id,
        unnest([
            case when links.is_listed_today then 'today' end,
            case when links.is_listed_at_publication then 'at publication' end
        ]) as what
    from fct_work_military_links as links
    inner join fct_works as works on links.work_id = works.work_id and works.is_joint
    inner join dim_military_body as bodies on links.body_id = bodies.body_id
    inner join dim_military_category as categories
        on bodies.category = categories.category and categories.narrowest_definition_code is not null
    where bodies.country_code in (
            select country_code from sides
            where role in ('side_a', 'side_b')
        )

),

told_links as (

    select distinct
        work_id,
        body_id,
        unnest([
            case when is_listed_today then 'today' end,
            case when is_listed_at_publication then 'at publication' end
        ]) as what
    from bi_work_link

)

select
    'bi_work_link' as table_name,
    coalesce(told.work_id, counted.work_id) as work_id,
    coalesce(told.body_id, counted.body_id) as other_id,
    told.what as told,
    counted.what as of_facts
from (
    select * from told_links
    where what is not null
) as told
full join (
    select * from counted_links
    where what is not null
) as counted
    on told.work_id = counted.work_id and told.body_id = counted.body_id and told.what = counted.what
where told.what is null or counted.what is null
union all
select
    'bi_work_funder' as table_name,
    coalesce(told.work_id, counted.work_id) as work_id,
    coalesce(told.funder_id, counted.funder_id) as other_id,
    told.funder_class as told,
    counted.funder_class as of_facts
from bi_work_funder as told
full join (
    select funding.* from fct_work_funding as funding
    inner join fct_works as works on funding.work_id = works.work_id and works.is_joint
) as counted on told.work_id = counted.work_id and told.funder_id = counted.funder_id
where told.funder_class is distinct from counted.funder_class
