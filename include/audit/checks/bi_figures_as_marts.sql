-- severity: fail
-- kind: integrity
-- group: recounts
-- table: bi_reporter_year
-- sentence: Counts of reporters and years stand in the dense tables as in the marts, and what the marts leave out is 0.
-- applies: always
with

figures as (

    select * from bi_reporter_year
    union all by name
    select * from bi_side_year

),

found as (

    select
        reporter_code,
        publication_year,
        unnest([
            'joint papers', 'credit', 'funding', 'funders of both', 'linked, today', 'linked, at publication'
        ]) as what,
        unnest([
            joint_papers::double,
            joint_paper_credit,
            papers_with_funding,
            papers_with_both_funders,
            linked_any_list_today,
            linked_any_list_at_publication
        ]) as value
    from figures
    union all
    select
        reporter_code,
        publication_year,
        'definition ' || definition_code || ', ' || listing_basis as what,
        linked_papers::double as value
    from bi_linked_year
    union all
    select
        reporter_code,
        publication_year,
        'class ' || funder_class as what,
        papers::double as value
    from bi_funder_class_year
    union all
    select
        reporter_code,
        publication_year,
        'funder ' || funder_id as what,
        papers::double as value
    from bi_funder_year
    union all
    select
        reporter_code,
        publication_year,
        'topic ' || topic_id as what,
        joint_papers::double as value
    from bi_topic_year
    union all
    select
        reporter_code,
        publication_year,
        'linked topic ' || topic_id as what,
        linked_any_list::double as value
    from bi_topic_year
    union all
    select
        reporter_code,
        publication_year,
        'body ' || body_id || ', ' || listing_basis as what,
        linked_papers::double as value
    from bi_linked_body_year
    union all
    select
        reporter_code,
        publication_year,
        'paid ' || funder_class || ', ' || definition_code || ', ' || listing_basis as what,
        papers::double as value
    from bi_linked_funder_class_year

),

expected as (

    select
        reporter_code,
        publication_year,
        case counting_method when 'full' then 'joint papers' else 'credit' end as what,
        joint_papers as value
    from mart_copublication_trends
    where work_selection = 'all' and counting_method in ('full', 'fractional')
    union all
    select
        reporter_code,
        publication_year,
        case level
            when 'any' then 'funding'
            when 'joint' then 'funders of both'
            when 'class' then 'class ' || funder_class
            else 'funder ' || funder_id
        end as what,
        papers::double as value
    from mart_funding_sources
    where level != 'side'
    union all
    select
        reporter_code,
        publication_year,
        unnest([
            'definition ' || definition_code || ', ' || listing_basis,
            case when definition_order = 4 then 'linked, ' || replace(listing_basis, '_', ' ') end
        ]) as what,
        military_linked_papers::double as value
    from mart_military_links
    where dimension = 'all'
    union all
    select
        reporter_code,
        publication_year,
        case dimension
            when 'topic' then 'linked topic ' || dimension_id
            else 'body ' || dimension_id || ', ' || listing_basis
        end as what,
        military_linked_papers::double as value
    from mart_military_links
    where definition_order = 4 and (dimension = 'body' or (dimension = 'topic' and listing_basis = 'today'))
    union all
    select
        reporter_code,
        publication_year,
        'topic ' || topic_id as what,
        joint_papers::double as value
    from mart_topic_collaboration
    where level = 'topic'
    union all
    select
        reporter_code,
        publication_year,
        'paid ' || funder_class || ', ' || definition_code || ', ' || listing_basis as what,
        papers::double as value
    from mart_military_funding
    where funder_class != 'ALL'

),

-- side A as one country stands in both tables of figures
found_once as (

    select distinct * from found

)

select
    coalesce(found_once.reporter_code, expected.reporter_code) as reporter_code,
    coalesce(found_once.publication_year, expected.publication_year) as publication_year,
    coalesce(found_once.what, expected.what) as what,
    found_once.value as found,
    expected.value as of_mart
from found_once
full join (
    select * from expected
    where what is not null
) as expected
    on found_once.reporter_code = expected.reporter_code
        and found_once.publication_year = expected.publication_year
        and found_once.what = expected.what
where found_once.value is null or abs(found_once.value - coalesce(expected.value, 0)) > 1e-9
