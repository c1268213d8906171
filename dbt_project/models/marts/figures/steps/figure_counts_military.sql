-- Measure x geography x (definition, category or body) x year: joint papers linked to bodies that are listed today.
with

bodies as (

    select body_id
    from {{ ref('dim_military_body') }}
    where country_code in (
            select country_code from {{ ref('stg_scope__groups') }}
            where role in ('side_a', 'side_b')
        )

),

links as (

    select
        work_id,
        body_id,
        category
    from {{ ref('fct_work_military_links') }}
    -- links to bodies of other countries are kept in the facts, and the marts count none of them
    where is_listed_today and body_id in (select body_id from bodies)

),

-- a paper counts once for a body or a category, however many ways link it
linked_works as (

    select distinct
        work_id,
        'papers_with_body' as measure,
        body_id as counted_of
    from links
    union all
    select distinct
        work_id,
        'papers_with_category' as measure,
        category as counted_of
    from links

),

-- papers that are alike are counted first
alike as (

    select
        linked_works.measure,
        joint_works.reporter_set_key,
        linked_works.counted_of,
        joint_works.publication_year,
        count(*) as papers
    from {{ ref('int_joint_works') }} as joint_works
    inner join linked_works on joint_works.work_id = linked_works.work_id
    group by
        linked_works.measure,
        joint_works.reporter_set_key,
        linked_works.counted_of,
        joint_works.publication_year

),

counts as (

    select
        'linked_papers' as measure,
        reporter_code as geography,
        definition_code as counted_of,
        publication_year,
        military_linked_papers as papers
    from {{ ref('mart_linked_papers') }}
    where listing_basis = 'today' and papers_with_hospitals > 0
    union all
    select
        alike.measure,
        reporter_sets.reporter_code as geography,
        alike.counted_of,
        alike.publication_year,
        sum(alike.papers) as papers
    from alike
    inner join {{ ref('int_reporter_sets') }} as reporter_sets
        on alike.reporter_set_key = reporter_sets.reporter_set_key
    group by alike.measure, reporter_sets.reporter_code, alike.counted_of, alike.publication_year

),

figure_counts_military as (

    select
        measure,
        geography,
        counted_of,
        '' as leaving_out,
        publication_year,
        cast(papers as double) as papers
    from counts

)

select * from figure_counts_military
