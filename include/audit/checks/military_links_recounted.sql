-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_military_links
-- sentence: Papers linked to listed bodies, by definition, basis, topic, institution and class of funders, are those counted
--     from the facts anew.
-- applies: always
with

institutions as (

    select distinct
        named.work_id,
        named.institution_id,
        institutions.country_code,
        sides.role
    from fct_work_institutions as named
    inner join dim_institution as institutions on named.institution_id = institutions.institution_id
    inner join sides on institutions.country_code = sides.country_code and sides.role in ('side_a', 'side_b')
    where named.is_named

),

places as (

    select
        works.reporter_code,
        works.publication_year,
        works.work_id,
        'all' as dimension,
        'ALL' as dimension_id
    from reporter_works as works
    union all
    select
        works.reporter_code,
        works.publication_year,
        works.work_id,
        'topic' as dimension,
        topics.topic_id as dimension_id
    from reporter_works as works
    inner join dim_topic as topics on works.primary_topic_id = topics.topic_id
    union all
    select
        works.reporter_code,
        works.publication_year,
        works.work_id,
        'funder_class' as dimension,
        paid.funder_class as dimension_id
    from reporter_works as works
    inner join paid_works as paid on paid.level = 'class' and works.work_id = paid.work_id
    union all
    select
        works.reporter_code,
        works.publication_year,
        works.work_id,
        'institution_b' as dimension,
        institutions.institution_id as dimension_id
    from reporter_works as works
    inner join institutions on institutions.role = 'side_b' and works.work_id = institutions.work_id
    union all
    -- those of side A are the reporter's own
    select
        works.reporter_code,
        works.publication_year,
        works.work_id,
        'institution_a' as dimension,
        institutions.institution_id as dimension_id
    from reporter_works as works
    inner join institutions on institutions.role = 'side_a' and works.work_id = institutions.work_id
    inner join reporters
        on works.reporter_code = reporters.reporter_code and institutions.country_code = reporters.country_code

),

wholes as (

    select
        reporter_code,
        publication_year,
        dimension,
        dimension_id,
        count(*) as joint_papers
    from places
    group by reporter_code, publication_year, dimension, dimension_id

),

recounted as (

    select
        places.reporter_code,
        places.publication_year,
        places.dimension,
        places.dimension_id,
        linked.definition_code,
        linked.listing_basis,
        count(*) filter (where linked.is_linked) as military_linked_papers,
        count(*) filter (where linked.is_linked_without_hospitals) as papers_without_hospitals,
        count(*) as papers_with_hospitals
    from places
    inner join linked_works as linked on places.work_id = linked.work_id
    group by
        places.reporter_code,
        places.publication_year,
        places.dimension,
        places.dimension_id,
        linked.definition_code,
        linked.listing_basis

)

select
    coalesce(mart.reporter_code, recounted.reporter_code) as reporter_code,
    coalesce(mart.publication_year, recounted.publication_year) as publication_year,
    coalesce(mart.definition_code, recounted.definition_code) as definition_code,
    coalesce(mart.listing_basis, recounted.listing_basis) as listing_basis,
    coalesce(mart.dimension, recounted.dimension) as dimension,
    coalesce(mart.dimension_id, recounted.dimension_id) as dimension_id,
    mart.military_linked_papers,
    recounted.military_linked_papers as military_linked_papers_recounted,
    mart.papers_without_hospitals,
    recounted.papers_without_hospitals as papers_without_hospitals_recounted,
    mart.papers_with_hospitals,
    recounted.papers_with_hospitals as papers_with_hospitals_recounted,
    mart.joint_papers,
    wholes.joint_papers as joint_papers_recounted
from (
    select * from mart_military_links
    where dimension != 'body'
) as mart
full join recounted
    on mart.reporter_code = recounted.reporter_code
        and mart.publication_year = recounted.publication_year
        and mart.definition_code = recounted.definition_code
        and mart.listing_basis = recounted.listing_basis
        and mart.dimension = recounted.dimension
        and mart.dimension_id = recounted.dimension_id
left join wholes
    on mart.reporter_code = wholes.reporter_code
        and mart.publication_year = wholes.publication_year
        and mart.dimension = wholes.dimension
        and mart.dimension_id = wholes.dimension_id
where mart.military_linked_papers is distinct from recounted.military_linked_papers
    or mart.papers_without_hospitals is distinct from recounted.papers_without_hospitals
    or mart.papers_with_hospitals is distinct from recounted.papers_with_hospitals
    or mart.joint_papers is distinct from wholes.joint_papers
