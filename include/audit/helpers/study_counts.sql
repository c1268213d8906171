-- Measure x geography x what it is counted of x year: the papers that the study's figures are made of, from marts and facts.
with

trends as (

    select * from mart_copublication_trends
    where counting_method = 'full' and work_selection = 'all'

),

-- works of the facts that figures are counted of by themselves
found as (

    select
        works.work_id,
        works.publication_year,
        unnest(['papers_with_body', 'papers_with_category']) as measure,
        unnest([links.body_id, links.category]) as counted_of,
        null as leaving_out
    from fct_works as works
    inner join fct_work_military_links as links on works.work_id = links.work_id and links.is_listed_today
    union
    select
        works.work_id,
        works.publication_year,
        'papers_of_programme' as measure,
        programmes.counted_of,
        null as leaving_out
    from fct_works as works
    inner join fct_work_funding as funding on works.work_id = funding.work_id
    inner join (
        select distinct counted_of from defined_figures
        where measure = 'papers_of_programme'
    ) as programmes
        on contains('; ' || funding.programme_codes || ';', '; ' || programmes.counted_of || ';')
    union
    select
        works.work_id,
        works.publication_year,
        'papers_funded_otherwise' as measure,
        case when paid.level = 'class' then paid.funder_class end as counted_of,
        left_out.leaving_out
    from fct_works as works
    cross join (
        select distinct leaving_out from defined_figures
        where measure = 'papers_funded_otherwise'
    ) as left_out
    cross join scope
    inner join paid_works as paid
        on works.work_id = paid.work_id
            and (paid.level = 'class' or (paid.level = 'side' and scope.side_b_code = paid.funder_class))
    where works.work_id in (
            select of_side_b.work_id from paid_works as of_side_b
            where of_side_b.level = 'side' and of_side_b.funder_class = scope.side_b_code
        )
        and works.work_id not in (
            select of_class.work_id from paid_works as of_class
            where of_class.level = 'class' and of_class.funder_class = left_out.leaving_out
        )

)

select
    'joint_papers' as measure,
    reporter_code as geography,
    null as counted_of,
    null as leaving_out,
    publication_year,
    joint_papers::double as papers,
    false as is_contradicted
from trends
union all
select
    'all_papers' as measure,
    reporter_code,
    null,
    null,
    publication_year,
    reporter_papers,
    coalesce(joint_papers > reporter_papers, false)
from trends
where reporter_code != partner_code
union all
select
    'all_papers' as measure,
    partner_code,
    null,
    null,
    publication_year,
    partner_papers,
    coalesce(joint_papers > partner_papers, false)
from trends
where is_side_a
union all
select
    case level
        when 'any' then 'papers_with_funding'
        when 'side' then 'papers_funded_by_side'
        when 'joint' then 'papers_funded_by_both_sides'
        when 'class' then 'papers_funded_by_class'
        when 'funder' then 'papers_funded_by_funder'
    end,
    reporter_code,
    case
        when level in ('side', 'class') then funder_class
        when level = 'funder' then funder_id
    end,
    null,
    publication_year,
    papers,
    false
from mart_funding_sources
union all
select
    'linked_papers',
    reporter_code,
    definition_code,
    null,
    publication_year,
    military_linked_papers,
    false
from mart_military_links
where dimension = 'all' and listing_basis = 'today'
union all
select
    'papers_of_topic',
    reporter_code,
    topic_id,
    null,
    publication_year,
    joint_papers,
    false
from mart_topic_collaboration
where level = 'topic'
union all
select
    'papers_of_label',
    mart.reporter_code,
    labels.label,
    null,
    mart.publication_year,
    sum(mart.joint_papers),
    false
from mart_topic_collaboration as mart
inner join reference.sensitive_topics as labels on mart.topic_id = labels.topic_id
where mart.level = 'topic'
group by mart.reporter_code, labels.label, mart.publication_year
union all
select
    found.measure,
    of_reporter.reporter_code,
    found.counted_of,
    found.leaving_out,
    found.publication_year,
    count(*),
    false
from found
inner join reporter_works as of_reporter on found.work_id = of_reporter.work_id
group by
    found.measure,
    of_reporter.reporter_code,
    found.counted_of,
    found.leaving_out,
    found.publication_year
