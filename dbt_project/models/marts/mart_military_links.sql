-- Reporter x year x nested definition x listing basis x dimension: all, listed body, topic, institution of either side,
-- class of funders.
with

joint_papers as (

    select * from {{ ref('int_joint_papers') }}

),

reporters as (

    select * from {{ ref('int_reporters') }}

),

linked_works as (

    select * from {{ ref('int_military_linked_works') }}

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
        work_institutions.work_id,
        work_institutions.institution_id,
        dim_institution.country_code,
        sides.role
    from {{ ref('int_work_institutions') }} as work_institutions
    inner join {{ ref('dim_institution') }} as dim_institution
        on work_institutions.institution_id = dim_institution.institution_id
    inner join sides on dim_institution.country_code = sides.country_code

),

-- what a joint paper of a reporter has of each dimension, linked or not. The institutions of side A are the reporter's own.
places as (

    select
        reporter_code,
        publication_year,
        work_id,
        'all' as dimension,
        'ALL' as dimension_id
    from joint_papers
    union all
    select
        joint_papers.reporter_code,
        joint_papers.publication_year,
        joint_papers.work_id,
        'topic',
        topics.topic_id
    from joint_papers
    inner join {{ ref('dim_topic') }} as topics on joint_papers.primary_topic_id = topics.topic_id
    union all
    select
        joint_papers.reporter_code,
        joint_papers.publication_year,
        joint_papers.work_id,
        'institution_a',
        institutions.institution_id
    from joint_papers
    inner join reporters on joint_papers.reporter_code = reporters.reporter_code
    inner join institutions
        on joint_papers.work_id = institutions.work_id
            and reporters.country_code = institutions.country_code
            and institutions.role = 'side_a'
    union all
    select
        joint_papers.reporter_code,
        joint_papers.publication_year,
        joint_papers.work_id,
        'institution_b',
        institutions.institution_id
    from joint_papers
    inner join institutions on joint_papers.work_id = institutions.work_id and institutions.role = 'side_b'
    union all
    select distinct
        joint_papers.reporter_code,
        joint_papers.publication_year,
        joint_papers.work_id,
        'funder_class',
        funding.funder_class
    from joint_papers
    inner join {{ ref('fct_work_funding') }} as funding on joint_papers.work_id = funding.work_id

),

-- papers linked alike, and those that are not linked at all (no linkage), are counted first
counts_of_alike as (

    select
        places.reporter_code,
        places.publication_year,
        places.dimension,
        places.dimension_id,
        linked_works.linkage,
        count(*) as papers
    from places
    left join linked_works on places.work_id = linked_works.work_id
    group by
        places.reporter_code,
        places.publication_year,
        places.dimension,
        places.dimension_id,
        linked_works.linkage

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
        coalesce(sum(counts_of_alike.papers) filter (where linkages.is_linked), 0)::bigint as military_linked_papers,
        coalesce(sum(counts_of_alike.papers) filter (where linkages.is_linked_without_hospitals), 0)::bigint
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

-- a listed body under each definition that holds its category, of all joint papers
body_works as (

    select distinct
        links.work_id,
        bodies.body_id,
        bodies.body_name,
        bodies.category,
        definitions.definition_code,
        definitions.definition_order,
        bases.listing_basis
    from {{ ref('fct_work_military_links') }} as links
    inner join {{ ref('dim_military_body') }} as bodies on links.body_id = bodies.body_id
    inner join sides on bodies.country_code = sides.country_code and sides.role = 'side_b'
    inner join {{ ref('stg_reference__military_definitions') }} as definitions
        on bodies.category = definitions.category
    inner join (values ('today'), ('at_publication')) as bases (listing_basis)
        on case bases.listing_basis when 'today' then links.is_listed_today else links.is_listed_at_publication end

),

by_body as (

    select
        joint_papers.reporter_code,
        joint_papers.publication_year,
        body_works.definition_code,
        body_works.definition_order,
        body_works.listing_basis,
        body_works.body_id,
        any_value(body_works.body_name) as body_name,
        count(*) as military_linked_papers,
        count(*) filter (where body_works.category != 'pla_hospital') as papers_without_hospitals
    from joint_papers
    inner join body_works on joint_papers.work_id = body_works.work_id
    group by
        joint_papers.reporter_code,
        joint_papers.publication_year,
        body_works.definition_code,
        body_works.definition_order,
        body_works.listing_basis,
        body_works.body_id

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
    inner join (
        select distinct
            reporter_code,
            reporter_name
        from reporters
    ) as reporter_names on counts.reporter_code = reporter_names.reporter_code

)

select * from mart_military_links
