-- Reporter x year x dimension (all, those with funding, topic, institution of either side, class of funders) x what links the
-- papers: joint papers, those without a link too.
with

joint_works as (

    select * from {{ ref('int_joint_works') }}

),

reporter_sets as (

    select * from {{ ref('int_reporter_sets') }}

),

reporters as (

    select * from {{ ref('int_reporters') }}

),

sides as (

    select
        role,
        country_code
    from {{ ref('stg_scope__groups') }}
    where role in ('side_a', 'side_b')

),

institutions as (

    select distinct
        institutions.institution_id,
        institutions.country_code,
        sides.role
    from {{ ref('int_institutions') }} as institutions
    inner join sides on institutions.country_code = sides.country_code

),

-- papers that are alike, linked or not, are counted first
alike as (

    select
        reporter_set_key,
        publication_year,
        primary_topic_id,
        funder_set_key,
        linkage_set_key,
        count(*) as papers
    from joint_works
    group by reporter_set_key, publication_year, primary_topic_id, funder_set_key, linkage_set_key

),

alike_at_institutions as (

    select
        joint_works.reporter_set_key,
        joint_works.publication_year,
        work_institutions.institution_id,
        joint_works.linkage_set_key,
        count(*) as papers
    from joint_works
    inner join {{ ref('int_work_institutions') }} as work_institutions
        on joint_works.work_id = work_institutions.work_id
    group by
        joint_works.reporter_set_key,
        joint_works.publication_year,
        work_institutions.institution_id,
        joint_works.linkage_set_key

),

-- what they have of each dimension. The institutions of side A are the reporter's own.
counts_of_sets as (

    select
        reporter_set_key,
        publication_year,
        'all' as dimension,
        'ALL' as dimension_id,
        linkage_set_key,
        sum(papers) as papers
    from alike
    group by reporter_set_key, publication_year, linkage_set_key
    union all
    select
        reporter_set_key,
        publication_year,
        'with_funding',
        'ALL',
        linkage_set_key,
        sum(papers)
    from alike
    where funder_set_key is not null
    group by reporter_set_key, publication_year, linkage_set_key
    union all
    select
        alike.reporter_set_key,
        alike.publication_year,
        'topic',
        alike.primary_topic_id,
        alike.linkage_set_key,
        sum(alike.papers)
    from alike
    where alike.primary_topic_id is not null
    group by alike.reporter_set_key, alike.publication_year, alike.primary_topic_id, alike.linkage_set_key
    union all
    select
        alike.reporter_set_key,
        alike.publication_year,
        'funder_class',
        funder_classes.funder_class,
        alike.linkage_set_key,
        sum(alike.papers)
    from alike
    inner join {{ ref('int_funder_set_classes') }} as funder_classes
        on alike.funder_set_key = funder_classes.funder_set_key
    group by alike.reporter_set_key, alike.publication_year, funder_classes.funder_class, alike.linkage_set_key
    union all
    select
        alike.reporter_set_key,
        alike.publication_year,
        'institution_b',
        institutions.institution_id,
        alike.linkage_set_key,
        alike.papers
    from alike_at_institutions as alike
    inner join institutions on alike.institution_id = institutions.institution_id and institutions.role = 'side_b'

),

counts_of_reporters as (

    select
        reporter_sets.reporter_code,
        counts_of_sets.publication_year,
        counts_of_sets.dimension,
        counts_of_sets.dimension_id,
        counts_of_sets.linkage_set_key,
        counts_of_sets.papers
    from counts_of_sets
    inner join reporter_sets on counts_of_sets.reporter_set_key = reporter_sets.reporter_set_key
    union all
    select
        reporter_sets.reporter_code,
        alike.publication_year,
        'institution_a' as dimension,
        alike.institution_id as dimension_id,
        alike.linkage_set_key,
        alike.papers
    from alike_at_institutions as alike
    inner join institutions on alike.institution_id = institutions.institution_id and institutions.role = 'side_a'
    inner join reporter_sets on alike.reporter_set_key = reporter_sets.reporter_set_key
    inner join reporters
        on reporter_sets.reporter_code = reporters.reporter_code
            and institutions.country_code = reporters.country_code

),

int_linkage_counts as (

    select
        reporter_code,
        publication_year,
        dimension,
        dimension_id,
        linkage_set_key,
        sum(papers) as papers
    from counts_of_reporters
    group by reporter_code, publication_year, dimension, dimension_id, linkage_set_key

)

select * from int_linkage_counts
