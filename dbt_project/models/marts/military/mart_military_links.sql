-- Reporter x year x nested definition x listing basis x dimension: all, listed body, topic, institution of either side,
-- class of funders.
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

linkages as (

    select * from {{ ref('int_military_linkages') }}

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
    from {{ ref('dim_institution') }} as institutions
    inner join sides on institutions.country_code = sides.country_code

),

-- papers that are alike, linked or not, are counted first
alike as (

    select
        reporters,
        publication_year,
        primary_topic_id,
        funders,
        linkage,
        count(*) as papers
    from joint_works
    group by reporters, publication_year, primary_topic_id, funders, linkage

),

alike_at_institutions as (

    select
        joint_works.reporters,
        joint_works.publication_year,
        work_institutions.institution_id,
        joint_works.linkage,
        count(*) as papers
    from joint_works
    inner join {{ ref('int_work_institutions') }} as work_institutions
        on joint_works.work_id = work_institutions.work_id
    group by
        joint_works.reporters,
        joint_works.publication_year,
        work_institutions.institution_id,
        joint_works.linkage

),

funder_classes as (

    select distinct
        funders,
        funder_class
    from {{ ref('int_funder_sets') }}

),

-- what they have of each dimension. The institutions of side A are the reporter's own.
counts_of_sets as (

    select
        reporters,
        publication_year,
        'all' as dimension,
        'ALL' as dimension_id,
        linkage,
        sum(papers) as papers
    from alike
    group by reporters, publication_year, linkage
    union all
    select
        alike.reporters,
        alike.publication_year,
        'topic',
        topics.topic_id,
        alike.linkage,
        sum(alike.papers)
    from alike
    inner join {{ ref('dim_topic') }} as topics on alike.primary_topic_id = topics.topic_id
    group by alike.reporters, alike.publication_year, topics.topic_id, alike.linkage
    union all
    select
        alike.reporters,
        alike.publication_year,
        'funder_class',
        funder_classes.funder_class,
        alike.linkage,
        sum(alike.papers)
    from alike
    inner join funder_classes on alike.funders = funder_classes.funders
    group by alike.reporters, alike.publication_year, funder_classes.funder_class, alike.linkage
    union all
    select
        alike.reporters,
        alike.publication_year,
        'institution_b',
        institutions.institution_id,
        alike.linkage,
        alike.papers
    from alike_at_institutions as alike
    inner join institutions on alike.institution_id = institutions.institution_id and institutions.role = 'side_b'

),

counts_of_reporters as (

    select
        reporter_sets.reporter_code,
        counts_of_sets.* exclude (reporters)
    from counts_of_sets
    inner join reporter_sets on counts_of_sets.reporters = reporter_sets.reporters
    union all
    select
        reporter_sets.reporter_code,
        alike.publication_year,
        'institution_a' as dimension,
        alike.institution_id as dimension_id,
        alike.linkage,
        alike.papers
    from alike_at_institutions as alike
    inner join institutions on alike.institution_id = institutions.institution_id and institutions.role = 'side_a'
    inner join reporter_sets on alike.reporters = reporter_sets.reporters
    inner join reporters
        on reporter_sets.reporter_code = reporters.reporter_code
            and institutions.country_code = reporters.country_code

),

counts_of_alike as (

    select
        reporter_code,
        publication_year,
        dimension,
        dimension_id,
        linkage,
        sum(papers) as papers
    from counts_of_reporters
    group by reporter_code, publication_year, dimension, dimension_id, linkage

),

-- what shares are taken of
wholes as (

    select
        reporter_code,
        publication_year,
        dimension,
        dimension_id,
        sum(papers)::bigint as joint_papers
    from counts_of_alike
    group by reporter_code, publication_year, dimension, dimension_id

),

by_place as (

    select
        counts_of_alike.reporter_code,
        counts_of_alike.publication_year,
        linkages.definition_code,
        linkages.definition_order,
        linkages.listing_basis,
        counts_of_alike.dimension,
        counts_of_alike.dimension_id,
        {{ papers_where('linkages.is_linked', 'counts_of_alike.papers') }} as military_linked_papers,
        {{ papers_where('linkages.is_linked_without_hospitals', 'counts_of_alike.papers') }}
            as papers_without_hospitals,
        sum(counts_of_alike.papers)::bigint as papers_with_hospitals
    from counts_of_alike
    inner join linkages on counts_of_alike.linkage = linkages.linkage
    group by
        counts_of_alike.reporter_code,
        counts_of_alike.publication_year,
        linkages.definition_code,
        linkages.definition_order,
        linkages.listing_basis,
        counts_of_alike.dimension,
        counts_of_alike.dimension_id

),

names as (

    select
        'all' as dimension,
        'ALL' as dimension_id,
        'All' as dimension_name
    union all
    select
        'topic' as dimension,
        topic_id as dimension_id,
        topic_name as dimension_name
    from {{ ref('dim_topic') }}
    union all
    select
        unnest(['institution_a', 'institution_b']) as dimension,
        institution_id as dimension_id,
        institution_name as dimension_name
    from {{ ref('dim_institution') }}
    union all
    select
        'funder_class' as dimension,
        funder_class as dimension_id,
        funder_class_name as dimension_name
    from {{ source('reference', 'funder_class_labels') }}

),

-- papers that are alike in a listed body, however it was found
works_of_bodies as (

    select distinct
        work_id,
        body_id,
        is_listed_today,
        is_listed_at_publication
    from {{ ref('fct_work_military_links') }}

),

alike_with_bodies as (

    select
        joint_works.reporters,
        joint_works.publication_year,
        works_of_bodies.body_id,
        works_of_bodies.is_listed_today,
        works_of_bodies.is_listed_at_publication,
        count(*) as papers
    from joint_works
    inner join works_of_bodies on joint_works.work_id = works_of_bodies.work_id
    group by
        joint_works.reporters,
        joint_works.publication_year,
        works_of_bodies.body_id,
        works_of_bodies.is_listed_today,
        works_of_bodies.is_listed_at_publication

),

-- a listed body under each definition that holds its category, of all joint papers
by_body as (

    select
        reporter_sets.reporter_code,
        alike.publication_year,
        definitions.definition_code,
        definitions.definition_order,
        bases.listing_basis,
        bodies.body_id,
        any_value(bodies.body_name) as body_name,
        sum(alike.papers)::bigint as military_linked_papers,
        {{ papers_where("bodies.category != 'pla_hospital'", 'alike.papers') }}
            as papers_without_hospitals
    from alike_with_bodies as alike
    inner join {{ ref('dim_military_body') }} as bodies on alike.body_id = bodies.body_id
    inner join sides on bodies.country_code = sides.country_code
    inner join {{ ref('stg_reference__military_definitions') }} as definitions
        on bodies.category = definitions.category
    inner join (values ('today'), ('at_publication')) as bases (listing_basis)
        on case bases.listing_basis when 'today' then alike.is_listed_today else alike.is_listed_at_publication end
    inner join reporter_sets on alike.reporters = reporter_sets.reporters
    group by
        reporter_sets.reporter_code,
        alike.publication_year,
        definitions.definition_code,
        definitions.definition_order,
        bases.listing_basis,
        bodies.body_id

),

counts as (

    select
        by_place.*,
        names.dimension_name,
        wholes.joint_papers
    from by_place
    inner join wholes
        on by_place.reporter_code = wholes.reporter_code
            and by_place.publication_year = wholes.publication_year
            and by_place.dimension = wholes.dimension
            and by_place.dimension_id = wholes.dimension_id
    left join names on by_place.dimension = names.dimension and by_place.dimension_id = names.dimension_id
    union all by name
    select
        by_body.* exclude (body_id, body_name),
        'body' as dimension,
        by_body.body_id as dimension_id,
        by_body.body_name as dimension_name,
        by_body.military_linked_papers as papers_with_hospitals,
        wholes.joint_papers
    from by_body
    inner join wholes
        on by_body.reporter_code = wholes.reporter_code
            and by_body.publication_year = wholes.publication_year
            and wholes.dimension = 'all'

),

reporter_names as (

    select distinct
        reporter_code,
        reporter_name
    from reporters

),

mart_military_links as (

    select
        counts.reporter_code,
        reporter_names.reporter_name,
        counts.publication_year,
        counts.definition_code,
        counts.definition_order,
        counts.listing_basis,
        counts.dimension,
        counts.dimension_id,
        coalesce(counts.dimension_name, counts.dimension_id) as dimension_name,
        counts.military_linked_papers,
        counts.papers_without_hospitals,
        counts.papers_with_hospitals,
        counts.joint_papers,
        {{ ratio('counts.military_linked_papers', 'counts.joint_papers') }} as share_of_joint_papers,
        counts.joint_papers < {{ small_cell() }} as is_small_cell
    from counts
    inner join reporter_names on counts.reporter_code = reporter_names.reporter_code

)

select * from mart_military_links
