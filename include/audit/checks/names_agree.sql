-- severity: fail
-- kind: integrity
-- group: labels
-- table: mart_institution_pairs
-- sentence: Institutions, funders, classes, bodies, topics and countries have one name, that of their dimension, in every mart.
-- applies: always
with

named as (

    select distinct
        'institution' as kind,
        institution_a_id as id,
        institution_a_name as name,
        institution_a_country_code as country_code
    from mart_institution_pairs
    union all
    select distinct
        'institution' as kind,
        institution_b_id as id,
        institution_b_name as name,
        institution_b_country_code as country_code
    from mart_institution_pairs
    union all
    select distinct
        'institution' as kind,
        institution_id as id,
        institution_name as name,
        country_code
    from mart_funder_institutions
    union all
    select distinct
        'funder' as kind,
        funder_id as id,
        funder_name as name,
        null as country_code
    from mart_funder_institutions
    where level = 'funder'
    union all
    select distinct
        'funder' as kind,
        funder_id as id,
        funder_name as name,
        null as country_code
    from mart_funding_sources
    where level = 'funder'
    union all
    select distinct
        'class' as kind,
        funder_class as id,
        funder_name as name,
        null as country_code
    from mart_funding_sources
    where level = 'class'
    union all
    select distinct
        'class' as kind,
        funder_class as id,
        funder_class_name as name,
        null as country_code
    from mart_military_funding
    where funder_class != 'ALL'
    union all
    select distinct
        'topic' as kind,
        topic_id as id,
        topic_name as name,
        null as country_code
    from mart_topic_collaboration
    where level = 'topic'
    union all
    select distinct
        case dimension
            when 'body' then 'body'
            when 'topic' then 'topic'
            when 'funder_class' then 'class'
            else 'institution'
        end as kind,
        dimension_id as id,
        dimension_name as name,
        null as country_code
    from mart_military_links
    where dimension != 'all'
    union all
    select distinct
        'country' as kind,
        country_code as id,
        country_name as name,
        null as country_code
    from mart_country_relations
    where not is_group and not is_reporter

),

known as (

    select
        'institution' as kind,
        institution_id as id,
        institution_name as name,
        country_code
    from dim_institution
    union all
    select
        'funder' as kind,
        funder_id as id,
        funder_name as name,
        null as country_code
    from dim_funder
    union all
    select
        'class' as kind,
        funder_class as id,
        funder_class_name as name,
        null as country_code
    from reference.funder_class_labels
    union all
    select
        'topic' as kind,
        topic_id as id,
        topic_name as name,
        null as country_code
    from dim_topic
    union all
    select
        'body' as kind,
        body_id as id,
        body_name as name,
        null as country_code
    from dim_military_body
    union all
    select
        'country' as kind,
        country_code as id,
        country_name as name,
        null as country_code
    from dim_country

)

select
    named.kind,
    named.id,
    named.name,
    known.name as name_of_dimension,
    named.country_code,
    known.country_code as country_of_dimension
from named
left join known on named.kind = known.kind and named.id = known.id
where known.id is null
    -- what has no name stands under its id in mart_military_links
    or named.name is distinct from known.name and named.name is distinct from coalesce(known.name, named.id)
    or named.country_code != known.country_code
