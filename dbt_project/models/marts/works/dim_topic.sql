-- Topic, one row each: the source's latest record, else the scope's, else as works name them.
with

records as (

    select * from {{ ref('stg_openalex__topics') }}

),

scope_topics as (

    select * from {{ ref('stg_scope__topics') }}

),

named_in_works as (

    select
        primary_topic_id as topic_id,
        {{ of_newest_work('primary_topic_name') }} as topic_name,
        {{ of_newest_work('subfield_id') }} as subfield_id,
        {{ of_newest_work('subfield_name') }} as subfield_name,
        {{ of_newest_work('field_id') }} as field_id,
        {{ of_newest_work('field_name') }} as field_name
    from {{ ref('int_works') }}
    where primary_topic_id is not null
    group by primary_topic_id

),

sensitive as (

    select
        topic_id,
        min(label) as sensitive_label
    from {{ source('reference', 'sensitive_topics') }}
    group by topic_id

),

ids as (

    select topic_id from records
    union
    select topic_id from scope_topics
    union
    select topic_id from named_in_works

),

dim_topic as (

    select
        ids.topic_id,
        coalesce(records.topic_name, scope_topics.topic_name, named_in_works.topic_name, ids.topic_id) as topic_name,
        coalesce(records.subfield_id, scope_topics.subfield_id, named_in_works.subfield_id) as subfield_id,
        coalesce(records.subfield_name, scope_topics.subfield_name, named_in_works.subfield_name) as subfield_name,
        coalesce(records.field_id, scope_topics.field_id, named_in_works.field_id) as field_id,
        coalesce(records.field_name, scope_topics.field_name, named_in_works.field_name) as field_name,
        records.domain_id,
        records.domain_name,
        scope_topics.topic_id is not null as is_in_subject,
        sensitive.sensitive_label,
        sensitive.sensitive_label is not null as is_sensitive_topic
    from ids
    left join records on ids.topic_id = records.topic_id
    left join scope_topics on ids.topic_id = scope_topics.topic_id
    left join named_in_works on ids.topic_id = named_in_works.topic_id
    left join sensitive on ids.topic_id = sensitive.topic_id

)

select * from dim_topic
