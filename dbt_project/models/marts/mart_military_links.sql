-- Reporter x year x nested definition x listing basis x (all, body, topic).
with

joint_papers as (

    select * from {{ ref('int_joint_papers') }}

),

reporters as (

    select distinct
        reporter_code,
        reporter_name
    from {{ ref('int_reporters') }}

),

side_b_bodies as (

    select bodies.*
    from {{ ref('dim_military_body') }} as bodies
    where bodies.country_code in (
            select country_code from {{ ref('stg_scope__groups') }}
            where role = 'side_b'
        )

),

definitions as (

    select * from {{ ref('stg_reference__military_definitions') }}

),

links as (

    select
        links.work_id,
        side_b_bodies.body_id,
        side_b_bodies.body_name,
        side_b_bodies.category,
        bool_or(links.is_listed_today) as is_listed_today,
        bool_or(links.is_listed_at_publication) as is_listed_at_publication
    from {{ ref('fct_work_military_links') }} as links
    inner join side_b_bodies on links.body_id = side_b_bodies.body_id
    group by links.work_id, side_b_bodies.body_id, side_b_bodies.body_name, side_b_bodies.category

),

based as (

    select
        work_id,
        body_id,
        body_name,
        category,
        'today' as listing_basis
    from links
    where is_listed_today
    union all
    select
        work_id,
        body_id,
        body_name,
        category,
        'at_publication' as listing_basis
    from links
    where is_listed_at_publication

),

defined as (

    select
        based.work_id,
        based.body_id,
        based.body_name,
        based.listing_basis,
        definitions.definition_code,
        definitions.definition_order
    from based
    inner join definitions on based.category = definitions.category

),

defined_works as (

    select distinct
        work_id,
        listing_basis,
        definition_code,
        definition_order
    from defined

),

topics as (

    select
        topic_id,
        topic_name
    from {{ ref('dim_topic') }}

),

linked as (

    select
        work_id,
        listing_basis,
        definition_code,
        definition_order,
        'all' as dimension,
        'ALL' as dimension_id,
        'All' as dimension_name
    from defined_works
    union all
    select
        work_id,
        listing_basis,
        definition_code,
        definition_order,
        'body',
        body_id,
        body_name
    from defined
    union all
    select
        defined_works.work_id,
        defined_works.listing_basis,
        defined_works.definition_code,
        defined_works.definition_order,
        'topic',
        topics.topic_id,
        topics.topic_name
    from defined_works
    inner join {{ ref('fct_works') }} as works on defined_works.work_id = works.work_id
    inner join topics on works.primary_topic_id = topics.topic_id

),

counts as (

    select
        joint_papers.reporter_code,
        joint_papers.publication_year,
        linked.definition_code,
        linked.definition_order,
        linked.listing_basis,
        linked.dimension,
        linked.dimension_id,
        any_value(linked.dimension_name) as dimension_name,
        count(*) as military_linked_papers
    from joint_papers
    inner join linked on joint_papers.work_id = linked.work_id
    group by
        joint_papers.reporter_code,
        joint_papers.publication_year,
        linked.definition_code,
        linked.definition_order,
        linked.listing_basis,
        linked.dimension,
        linked.dimension_id

),

-- of all topics, and of each topic
all_papers as (

    select
        reporter_code,
        publication_year,
        coalesce(primary_topic_id, 'ALL') as topic_id,
        count(*) as joint_papers
    from joint_papers
    group by grouping sets ((reporter_code, publication_year), (reporter_code, publication_year, primary_topic_id))
    having grouping(primary_topic_id) = 1 or primary_topic_id is not null

),

mart_military_links as (

    select
        counts.reporter_code,
        reporters.reporter_name,
        counts.publication_year,
        counts.definition_code,
        counts.definition_order,
        counts.listing_basis,
        counts.dimension,
        counts.dimension_id,
        counts.dimension_name,
        counts.military_linked_papers,
        all_papers.joint_papers,
        {{ ratio('counts.military_linked_papers', 'all_papers.joint_papers') }} as share_of_joint_papers
    from counts
    inner join reporters on counts.reporter_code = reporters.reporter_code
    inner join all_papers
        on counts.reporter_code = all_papers.reporter_code
            and counts.publication_year = all_papers.publication_year
            and case when counts.dimension = 'topic' then counts.dimension_id else 'ALL' end = all_papers.topic_id

)

select * from mart_military_links
