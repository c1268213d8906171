-- Measure x geography x funders x year: joint papers that disclose them, as the figures ask for them.
with

terms as (

    select distinct
        measure,
        geography,
        counted_of,
        leaving_out
    from {{ ref('figure_terms') }}

),

disclosed as (

    select
        'papers_with_funding' as measure,
        reporter_code as geography,
        '' as counted_of,
        publication_year,
        papers_with_funding as papers
    from {{ ref('mart_funding_disclosure') }}
    union all
    select
        'papers_funded_by_both_sides' as measure,
        reporter_code as geography,
        '' as counted_of,
        publication_year,
        papers_with_funders_of_both_sides as papers
    from {{ ref('mart_funding_disclosure') }}
    union all
    select
        'papers_funded_by_side' as measure,
        reporter_code as geography,
        side_code as counted_of,
        publication_year,
        papers
    from {{ ref('mart_funding_by_side') }}
    union all
    select
        'papers_funded_by_class' as measure,
        reporter_code as geography,
        funder_class as counted_of,
        publication_year,
        papers
    from {{ ref('mart_funding_by_class') }}
    union all
    select
        'papers_funded_by_funder' as measure,
        reporter_code as geography,
        funder_id as counted_of,
        publication_year,
        papers
    from {{ ref('mart_funding_by_funder') }}

),

left_out as (

    select distinct leaving_out
    from terms
    where measure = 'papers_funded_otherwise'

),

-- sets of funders with one of side B and none of the class that is left out
other_sets as (

    select
        funder_sets.funder_set_key,
        left_out.leaving_out
    from {{ ref('int_funder_sets') }} as funder_sets
    cross join left_out
    left join {{ ref('int_funder_sides') }} as sides on funder_sets.funder_id = sides.funder_id
    group by funder_sets.funder_set_key, left_out.leaving_out
    having bool_or(sides.role = 'side_b') and not bool_or(funder_sets.funder_class = left_out.leaving_out)

),

-- what a figure may count of them: all, or those with a funder of a class
classes_of_other_sets as (

    select
        funder_set_key,
        leaving_out,
        '' as counted_of
    from other_sets
    union all
    select
        other_sets.funder_set_key,
        other_sets.leaving_out,
        classes.funder_class as counted_of
    from other_sets
    inner join {{ ref('int_funder_set_classes') }} as classes on other_sets.funder_set_key = classes.funder_set_key

),

funded_otherwise as (

    select
        'papers_funded_otherwise' as measure,
        papers.reporter_code as geography,
        of_set.counted_of,
        of_set.leaving_out,
        papers.publication_year,
        sum(papers.papers) as papers
    from {{ ref('int_disclosed_papers') }} as papers
    inner join classes_of_other_sets as of_set on papers.funder_set_key = of_set.funder_set_key
    group by papers.reporter_code, of_set.counted_of, of_set.leaving_out, papers.publication_year

),

programme_works as (

    select distinct
        work_programmes.work_id,
        programmes.counted_of
    from {{ ref('int_work_programmes') }} as work_programmes
    inner join (
        select distinct counted_of
        from terms
        where measure = 'papers_of_programme'
    ) as programmes on work_programmes.programme_code = programmes.counted_of

),

of_programme as (

    select
        'papers_of_programme' as measure,
        reporter_sets.reporter_code as geography,
        programme_works.counted_of,
        '' as leaving_out,
        joint_works.publication_year,
        count(*) as papers
    from programme_works
    inner join {{ ref('int_joint_works') }} as joint_works on programme_works.work_id = joint_works.work_id
    inner join {{ ref('int_reporter_sets') }} as reporter_sets
        on joint_works.reporter_set_key = reporter_sets.reporter_set_key
    group by reporter_sets.reporter_code, programme_works.counted_of, joint_works.publication_year

),

counts as (

    select
        measure,
        geography,
        counted_of,
        '' as leaving_out,
        publication_year,
        papers
    from disclosed
    union all
    select * from funded_otherwise
    union all
    select * from of_programme

),

figure_counts_funding as (

    select
        counts.measure,
        counts.geography,
        counts.counted_of,
        counts.leaving_out,
        counts.publication_year,
        cast(counts.papers as double) as papers
    from counts
    inner join terms
        on counts.measure = terms.measure
            and counts.geography = terms.geography
            and counts.counted_of = terms.counted_of
            and counts.leaving_out = terms.leaving_out

)

select * from figure_counts_funding
