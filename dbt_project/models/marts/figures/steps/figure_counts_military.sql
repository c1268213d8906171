-- Measure x geography x (definition, category or body) x year: joint papers linked to bodies that are listed today.
with

linked_works as (

    select distinct
        joint_works.work_id,
        joint_works.reporter_set_key,
        joint_works.publication_year,
        links.body_id,
        links.category
    from {{ ref('int_joint_works') }} as joint_works
    inner join {{ ref('fct_work_military_links') }} as links on joint_works.work_id = links.work_id
    where links.is_listed_today

),

-- papers that are alike are counted first
alike as (

    select
        'papers_with_body' as measure,
        reporter_set_key,
        body_id as counted_of,
        publication_year,
        count(distinct work_id) as papers
    from linked_works
    group by reporter_set_key, body_id, publication_year
    union all
    select
        'papers_with_category' as measure,
        reporter_set_key,
        category as counted_of,
        publication_year,
        count(distinct work_id) as papers
    from linked_works
    group by reporter_set_key, category, publication_year

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
